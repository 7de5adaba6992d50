import { run } from '@meander/runtime';
import { loadNotificationConfig } from './config.ts';
import { createService } from './service.ts';

run(() => createService(loadNotificationConfig(process.env)));
