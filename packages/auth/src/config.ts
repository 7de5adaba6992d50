import { parseRange, variable } from '@meander/runtime';
import Joi from 'joi';
import type { AuthenticationOptions } from './authentication.ts';

/** What a service whose API asks for keys reads besides its own. */
export interface AuthConfig {
  TRUSTED_PROXIES: string[];
  AUTH_FAILURES_MAX: number;
  AUTH_FAILURES_WINDOW_SECONDS: number;
  OIDC_ISSUER?: string;
  OIDC_AUDIENCE?: string;
  OIDC_JWKS_URL?: string;
  OIDC_SCOPE_CLAIM: string;
  OIDC_TOKEN_TYPE: string;
}

export const authVariables = {
  TRUSTED_PROXIES: variable.list((entry) => parseRange(entry) !== undefined, 'an IP address or CIDR range'),
  AUTH_FAILURES_MAX: variable.count(50, 100_000),
  AUTH_FAILURES_WINDOW_SECONDS: variable.count(900, 86_400),
  OIDC_ISSUER: variable.baseUrl(),
  OIDC_AUDIENCE: variable
    .onlyWith('OIDC_ISSUER', Joi.string())
    .when('OIDC_ISSUER', { not: Joi.exist(), otherwise: Joi.required() }),
  OIDC_JWKS_URL: variable.onlyWith('OIDC_ISSUER', variable.webUrl()),
  OIDC_SCOPE_CLAIM: variable.text('scope'),
  OIDC_TOKEN_TYPE: variable.text('at+jwt'),
};

/** The settings as `createAuthentication` takes them. Without an issuer there are API keys alone. */
export function authOptions(config: AuthConfig): Pick<AuthenticationOptions, 'failures' | 'oidc'> {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience } = config;
  return {
    failures: { max: config.AUTH_FAILURES_MAX, windowMs: config.AUTH_FAILURES_WINDOW_SECONDS * 1000 },
    oidc:
      issuer === undefined || audience === undefined
        ? undefined
        : {
            issuer,
            audience,
            jwksUrl: config.OIDC_JWKS_URL,
            scopeClaim: config.OIDC_SCOPE_CLAIM,
            tokenType: config.OIDC_TOKEN_TYPE,
          },
  };
}
