import { normalizeEmail } from '@meander/lead';
import { type CommonConfig, commonVariables, loadConfig, variable } from '@meander/runtime';

export interface NotificationConfig extends CommonConfig {
  NOTIFICATION_PORT: number;
  SMTP_URL: string;
  MAIL_FROM: string;
  SALES_EMAIL?: string;
  PUBLIC_BASE_URL: string;
}

const address = () => variable.checked((text) => normalizeEmail(text).ok, 'an email address');

export const variables = {
  ...commonVariables,
  NOTIFICATION_PORT: variable.port(3002),
  SMTP_URL: variable.url('smtp', 'smtps').required(),
  MAIL_FROM: address().default('no-reply@meander.example'),
  SALES_EMAIL: address(),
  PUBLIC_BASE_URL: variable.url('http', 'https').default('http://localhost:3001'),
};

/** @throws ConfigError with every fault */
export function loadNotificationConfig(env: NodeJS.ProcessEnv): NotificationConfig {
  return loadConfig<NotificationConfig>(variables, env);
}
