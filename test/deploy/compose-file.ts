import { readFileSync } from 'node:fs';
import { variables as intake } from '@meander/intake/config';
import { variables as notification } from '@meander/notification/config';
import { variables as pipeline } from '@meander/pipeline/config';
import { parse } from 'yaml';

/** A file of the repository, by its path from the top. */
export const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** What each service reads, as its own configuration says. */
export const serviceVariables = { intake, notification, pipeline };
export type ServiceName = keyof typeof serviceVariables;
export const serviceNames = Object.keys(serviceVariables) as ServiceName[];

type Condition = 'service_started' | 'service_healthy' | 'service_completed_successfully';

/** The parts of a compose service that the tests look at. */
export interface ComposeService {
  image: string;
  build?: { context: string; dockerfile: string; target?: string; args?: Record<string, string> };
  command?: string[];
  /** A name without a value is passed on from the environment of `docker compose`. */
  environment?: Record<string, string | null>;
  ports?: string[];
  volumes?: string[];
  networks?: string[];
  network_mode?: string;
  depends_on?: Record<string, { condition: Condition }>;
  healthcheck?: { test: string[] };
  restart?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  profiles?: string[];
  deploy?: { resources: { limits: { cpus: string; memory: string } } };
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
  networks: Record<
    string,
    { internal?: boolean; ipam?: { config: { subnet: string; gateway: string }[] } } | null
  >;
  volumes: Record<string, null>;
}

export const composeText = read('docker-compose.yml');
export const compose = parse(composeText, { merge: true }) as ComposeFile;

export const serviceEntries = Object.entries(compose.services);

/** Jobs run to their end before others start; the rest runs until it is told to stop. */
export const isJob = ({ restart }: ComposeService) => restart === 'no';

/** What `docker compose` itself takes from the environment or `.env`: `${NAME}`, and names without a value. */
export function interpolatedNames(): string[] {
  const written = [...composeText.matchAll(/\$\{([A-Z][A-Z0-9_]*)/g)].map(([, name = '']) => name);
  const passedOn = serviceEntries.flatMap(([, { environment = {} }]) =>
    Object.keys(environment).filter((name) => environment[name] === null),
  );
  return [...new Set([...written, ...passedOn])];
}
