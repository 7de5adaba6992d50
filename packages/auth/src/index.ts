export { type Scope, scopes } from './api-key.ts';
export { type ApiKey, createKey, findKey, listKeys, revokeKey } from './key-store.ts';
export { type Actor, actorOf, type Guard, requireScope } from './require-scope.ts';
