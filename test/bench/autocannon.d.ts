/** As much of autocannon 9 as the benchmark uses; it brings no types of its own. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  function autocannon(
    options: autocannon.Options,
    done: (error: Error | null, result: { errors: number } | undefined) => void,
  ): EventEmitter;

  namespace autocannon {
    interface Request {
      method?: string;
      path?: string;
      headers?: Record<string, string>;
      body?: string;
      /** Called before each request. */
      setupRequest?: (request: Request) => Request;
    }

    interface Options {
      url: string;
      connections: number;
      /** Seconds. */
      duration?: number;
      amount?: number;
      /** How often it looks whether it is over, in milliseconds. */
      sampleInt?: number;
      requests: Request[];
    }
  }

  export = autocannon;
}
