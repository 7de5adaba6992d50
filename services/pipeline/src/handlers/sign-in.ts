import type { Caller, PendingSignIn } from '@meander/auth';
import type { Locale } from '@meander/lead';

/** A person at the board. */
export interface Session extends Caller {
  locale: Locale;
}

/** Sign-ins to the board. The secret is the browser's; what is kept of it opens nothing. */
export interface Sessions {
  /** @returns the secret, this once */
  open(keyId: string, locale: Locale): Promise<string>;
  /** The same for a person whom the issuer vouches for; what they may do now holds until the session ends. */
  openFor(person: Caller, locale: Locale): Promise<string>;
  /** Undefined where it has ended, or its key is expired or revoked by now. */
  find(secret: string): Promise<Session | undefined>;
  setLocale(secret: string, locale: Locale): Promise<void>;
  end(secret: string): Promise<void>;
}

/** A sign-in by the issuer that is under way. */
export interface Begun extends PendingSignIn {
  next: string;
  locale: Locale;
  /** Milliseconds since 1970. */
  until: number;
}

/** What a browser carries from the beginning of a sign-in to its end. */
export interface PendingSignIns {
  seal(begun: Begun): Promise<string>;
  /** Undefined for what is not ours, was changed, or has taken too long. @param now milliseconds since 1970 */
  open(text: string, now: number): Promise<Begun | undefined>;
}
