import * as oidc from 'openid-client';

/** How this product is known to the issuer. */
export interface OidcClientOptions {
  issuer: string;
  clientId: string;
  /** Left out for a public client, which proves itself by PKCE alone. */
  clientSecret?: string | undefined;
  /** What the access token is asked to be for. */
  audience: string;
  /** What is asked for, with spaces between. */
  scopes: string;
  /** Where the issuer sends the browser back to; registered there, letter for letter. */
  redirectUri: string;
}

/** What has to be kept, in the browser that began, until it comes back. */
export interface PendingSignIn {
  state: string;
  nonce: string;
  codeVerifier: string;
}

/**
 * Why nobody is signed in: the person or the issuer said no; the issuer is away; or what came back is not the answer
 * to what was asked (a forged, stale or repeated one, or tokens that are not valid).
 */
export type SignInFault = 'denied' | 'away' | 'mismatch';

/** The code is one of ours or of the library, and holds nothing of the person: it may be logged. */
export class SignInError extends Error {
  readonly fault: SignInFault;
  readonly code: string;

  constructor(fault: SignInFault, code: string, cause?: unknown) {
    super(`sign-in failed: ${code}`, { cause });
    this.name = 'SignInError';
    this.fault = fault;
    this.code = code;
  }
}

/** Sign-in by the issuer's own page: authorization code flow with PKCE, state and nonce. */
export interface OidcSignIn {
  /** Where the browser is to go. @throws SignInError `away` */
  begin(): Promise<{ url: URL; pending: PendingSignIn }>;
  /**
   * Trades the answer for an access token, once state, nonce and the signature of the ID token are found right.
   *
   * @param search the query that the browser has come back with
   * @throws SignInError
   */
  complete(search: string, pending: PendingSignIn): Promise<string>;
}

/** In seconds, for each call of the issuer. */
const deadline = 5;
/** How long its endpoints are taken for known, in milliseconds. */
const freshFor = 600_000;

/** The issuer's own words for "not now" (RFC 6749, section 4.1.2.1). */
const awayCodes = ['server_error', 'temporarily_unavailable'];
/** The library's codes for an answer that is no answer. */
const awayErrors = [
  'OAUTH_TIMEOUT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
];

function toSignInError(error: unknown): SignInError {
  if (error instanceof oidc.AuthorizationResponseError) {
    return new SignInError(awayCodes.includes(error.error) ? 'away' : 'denied', 'refused by the issuer');
  }
  const code = String((error as { code?: unknown }).code ?? 'unknown');
  // What fetch throws when it reaches nobody.
  const isAway =
    awayErrors.includes(code) || (error instanceof TypeError && error.message === 'fetch failed');
  return new SignInError(isAway ? 'away' : 'mismatch', code);
}

export function createOidcSignIn(options: OidcClientOptions): OidcSignIn {
  const { issuer, clientId, clientSecret, audience, scopes, redirectUri } = options;
  let known: { client: Promise<oidc.Configuration>; until: number } | undefined;

  const discover = async () => {
    const authentication = clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(clientSecret);
    return oidc.discovery(new URL(issuer), clientId, undefined, authentication, {
      timeout: deadline,
      // The signature of the ID token is checked too, though it comes from the issuer itself.
      execute: [
        oidc.enableNonRepudiationChecks,
        ...(issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : []),
      ],
    });
  };
  const openClient = (): Promise<oidc.Configuration> => {
    if (known && known.until > Date.now()) return known.client;
    const client = discover();
    known = { client, until: Date.now() + freshFor };
    client.catch(() => {
      known = undefined;
    });
    return client;
  };

  return {
    async begin() {
      try {
        const client = await openClient();
        const pending = {
          state: oidc.randomState(),
          nonce: oidc.randomNonce(),
          codeVerifier: oidc.randomPKCECodeVerifier(),
        };
        const url = oidc.buildAuthorizationUrl(client, {
          redirect_uri: redirectUri,
          scope: scopes,
          // Some issuers make an access token for an API only where it is named; the others read past it.
          audience,
          state: pending.state,
          nonce: pending.nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(pending.codeVerifier),
          code_challenge_method: 'S256',
        });
        return { url, pending };
      } catch (error) {
        throw toSignInError(error);
      }
    },
    async complete(search, { state, nonce, codeVerifier }) {
      const back = new URL(redirectUri);
      back.search = search;
      try {
        const client = await openClient();
        const { access_token } = await oidc.authorizationCodeGrant(client, back, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: codeVerifier,
          idTokenExpected: true,
        });
        return access_token;
      } catch (error) {
        throw toSignInError(error);
      }
    },
  };
}
