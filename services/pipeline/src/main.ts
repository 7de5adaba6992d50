import { run } from '@meander/runtime';
import { loadPipelineConfig } from './config.ts';
import { createService } from './service.ts';

run(() => createService(loadPipelineConfig(process.env)));
