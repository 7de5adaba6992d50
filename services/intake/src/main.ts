import { run } from '@meander/runtime';
import { loadIntakeConfig } from './config.ts';
import { createService } from './service.ts';

run(() => createService(loadIntakeConfig(process.env)));
