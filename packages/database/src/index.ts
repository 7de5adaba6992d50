export { type DatabaseState, inspectDatabase } from './inspect.ts';
export { migrate } from './migrate.ts';
export { roles } from './migrations/0001-roles-and-schemas.ts';
