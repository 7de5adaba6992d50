export { migrate } from './migrate.ts';
export { roles } from './migrations/0001-roles-and-schemas.ts';
