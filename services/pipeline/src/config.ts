import { type AuthConfig, authVariables } from '@meander/auth';
import { isPhoneRegion, type PhoneRegion, type TransitionPolicy, transitionPolicies } from '@meander/lead';
import { type CommonConfig, commonVariables, loadConfig, variable } from '@meander/runtime';

export interface PipelineConfig extends CommonConfig, AuthConfig {
  PIPELINE_PORT: number;
  PIPELINE_METRICS_PORT: number;
  TRANSITION_POLICY: TransitionPolicy;
  DEFAULT_PHONE_REGION: PhoneRegion;
}

/** Prometheus' range for exporters. */
export const usualMetricsPort = 9466;

export const variables = {
  ...commonVariables,
  ...authVariables,
  PIPELINE_PORT: variable.port(3003),
  PIPELINE_METRICS_PORT: variable.port(usualMetricsPort),
  TRANSITION_POLICY: variable.oneOf<TransitionPolicy>('forward', ...transitionPolicies),
  DEFAULT_PHONE_REGION: variable
    .checked<PhoneRegion>(isPhoneRegion, 'a two-letter country code')
    .default('NO'),
};

/** @throws ConfigError with every fault */
export function loadPipelineConfig(env: NodeJS.ProcessEnv): PipelineConfig {
  return loadConfig<PipelineConfig>(variables, env);
}
