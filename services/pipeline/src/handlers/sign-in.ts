import type { Caller } from '@meander/auth';
import type { Locale } from '@meander/lead';

/** A person at the board. */
export interface Session extends Caller {
  locale: Locale;
}

/** Sign-ins to the board. The secret is the browser's; what is kept of it opens nothing. */
export interface Sessions {
  /** @returns the secret, this once */
  open(keyId: string, locale: Locale): Promise<string>;
  /** Undefined where it has ended, or its key is expired or revoked by now. */
  find(secret: string): Promise<Session | undefined>;
  setLocale(secret: string, locale: Locale): Promise<void>;
  end(secret: string): Promise<void>;
}
