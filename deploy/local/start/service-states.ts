/** What a service says of itself. */
export interface ServiceState {
  name: string;
  url: string;
  state: 'ready' | 'not ready' | 'draining' | 'away';
  /** Dependencies that are away, by name. */
  down: string[];
}

/** A service that hangs must not hold up the page, in milliseconds. */
const deadline = 800;

/** Asks a service for its readiness. Never rejects. */
export async function askService(name: string, url: string): Promise<ServiceState> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(deadline) });
    const { status, checks } = (await answer.json()) as {
      status: ServiceState['state'];
      checks: Record<string, 'up' | 'down'>;
    };
    const down = Object.keys(checks).filter((check) => checks[check] === 'down');
    return { name, url, state: status, down };
  } catch {
    return { name, url, state: 'away', down: [] };
  }
}
