import { type AuthConfig, authVariables, type OidcClientOptions } from '@meander/auth';
import {
  isPhoneRegion,
  type PhoneRegion,
  type TransitionPolicy,
  transitionPolicies,
  urlBelow,
} from '@meander/lead';
import { type CommonConfig, commonVariables, loadServiceConfig, variable } from '@meander/runtime';

export interface PipelineConfig extends CommonConfig, AuthConfig {
  PIPELINE_PORT: number;
  PIPELINE_METRICS_PORT: number;
  TRANSITION_POLICY: TransitionPolicy;
  DEFAULT_PHONE_REGION: PhoneRegion;
  /** Where the board is seen from outside. */
  BOARD_BASE_URL: string;
  OIDC_CLIENT_ID?: string;
  OIDC_CLIENT_SECRET?: string;
  OIDC_SCOPES: string;
}

/** Prometheus' range for exporters. */
export const usualMetricsPort = 9466;

export const variables = {
  ...commonVariables,
  ...authVariables,
  PIPELINE_PORT: variable.port(3003),
  PIPELINE_METRICS_PORT: variable.metricsPort(usualMetricsPort, 'PIPELINE_PORT'),
  TRANSITION_POLICY: variable.oneOf<TransitionPolicy>('forward', ...transitionPolicies),
  DEFAULT_PHONE_REGION: variable
    .checked<PhoneRegion>(isPhoneRegion, 'a two-letter country code')
    .default('NO'),
  BOARD_BASE_URL: variable.baseUrl().default('http://localhost:3003'),
  OIDC_CLIENT_ID: variable.onlyWith('OIDC_ISSUER', variable.text()),
  OIDC_CLIENT_SECRET: variable.onlyWith('OIDC_CLIENT_ID', variable.text()),
  OIDC_SCOPES: variable.text('openid profile leads:read leads:write leads:erase'),
};

/** How the board is known to the organisation's issuer; undefined where it is not. */
export function oidcClient(config: PipelineConfig): OidcClientOptions | undefined {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_CLIENT_ID: clientId } = config;
  if (issuer === undefined || audience === undefined || clientId === undefined) return undefined;
  return {
    ...{ issuer, audience, clientId, clientSecret: config.OIDC_CLIENT_SECRET, scopes: config.OIDC_SCOPES },
    redirectUri: urlBelow(config.BOARD_BASE_URL, 'board/sign-in/callback').href,
  };
}

/** @throws ConfigError with every fault */
export function loadPipelineConfig(env: NodeJS.ProcessEnv): PipelineConfig {
  return loadServiceConfig<PipelineConfig>(variables, env);
}
