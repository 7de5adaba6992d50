import { type TransitionPolicy, transitionPolicies } from '@meander/lead';
import { type CommonConfig, commonVariables, loadConfig, variable } from '@meander/runtime';

export interface PipelineConfig extends CommonConfig {
  PIPELINE_PORT: number;
  TRANSITION_POLICY: TransitionPolicy;
}

export const variables = {
  ...commonVariables,
  PIPELINE_PORT: variable.port(3003),
  TRANSITION_POLICY: variable.oneOf<TransitionPolicy>('forward', ...transitionPolicies),
};

/** @throws ConfigError with every fault */
export function loadPipelineConfig(env: NodeJS.ProcessEnv): PipelineConfig {
  return loadConfig<PipelineConfig>(variables, env);
}
