/**
 * Every problem that the services answer with (RFC 9457), by its code: the one place that knows HTTP statuses.
 * `type` is `urn:meander:problem:<code>`; docs/problems.md explains each.
 */
export const problems = {
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  'malformed-json': { status: 400, title: 'The body is not valid JSON' },
  'invalid-encoding': { status: 400, title: 'The body is not valid UTF-8 text' },
  'not-an-object': { status: 400, title: 'The body must be one JSON object' },
  'idempotency-key-invalid': { status: 400, title: 'The Idempotency-Key is not 1 to 255 visible characters' },
  'invalid-parameter': { status: 400, title: 'A parameter of the request is not valid' },
  unauthorized: { status: 401, title: 'A valid key is needed' },
  forbidden: { status: 403, title: 'The key does not carry the scope that this needs' },
  'cross-site-request': { status: 403, title: 'The request does not come from a page of this service' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'This address does not take that method' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'transition-refused': { status: 409, title: 'The lead cannot be moved there' },
  'released-before': { status: 409, title: 'The submission has been released already' },
  'demo-not-scheduled': { status: 409, title: 'A time can be set only for a lead whose demo is scheduled' },
  'delivery-not-retryable': { status: 409, title: 'The delivery is on its way, or has arrived' },
  'precondition-failed': { status: 412, title: 'The lead has changed since it was read' },
  'body-too-large': { status: 413, title: 'The body is larger than 32 KiB' },
  'unsupported-media-type': { status: 415, title: 'The body is of a type that is not taken here' },
  'validation-failed': { status: 422, title: 'Some fields need another look' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key was used with another body' },
  'rate-limited': { status: 429, title: 'Too many attempts from this address' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'The service cannot answer at this moment' },
} as const;

export type ProblemCode = keyof typeof problems;

/** An answer that is not the wished-for one, thrown by a handler and written by the error handler of the app. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param members what the body says besides type, title and status: `detail` (what to do), `errors`, …; never
   *   a value that somebody typed.
   */
  constructor(
    code: ProblemCode,
    members: Record<string, unknown> = {},
    { headers = {}, cause }: { headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(problems[code].title, cause === undefined ? {} : { cause });
    this.name = 'Problem';
    this.code = code;
    this.members = members;
    this.headers = headers;
  }

  get status(): number {
    return problems[this.code].status;
  }

  /** The body as RFC 9457 has it. */
  toBody(): Record<string, unknown> {
    return {
      type: `urn:meander:problem:${this.code}`,
      title: this.message,
      status: this.status,
      ...this.members,
    };
  }
}
