export { type Scope, scopes } from './api-key.ts';
export {
  type Actor,
  type Authentication,
  type AuthenticationOptions,
  type Caller,
  createAuthentication,
} from './authentication.ts';
export { type AuthConfig, authOptions, authVariables } from './config.ts';
export { type ApiKey, createKey, findKey, listKeys, revokeKey } from './key-store.ts';
export {
  createOidcSignIn,
  type OidcClientOptions,
  type OidcSignIn,
  type PendingSignIn,
  SignInError,
  type SignInFault,
} from './oidc-sign-in.ts';
export { actorOf, type Guard, requireScope } from './require-scope.ts';
