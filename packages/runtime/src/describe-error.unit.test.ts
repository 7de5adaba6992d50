import { describe, expect, it } from 'vitest';
import { describeError } from './describe-error.ts';

/** Everything that a log line would hold. */
const logged = (error: unknown) => JSON.stringify(describeError(error));

describe('what is logged of an error', () => {
  it('leaves out the detail of a unique violation, which holds the email', () => {
    const error = Object.assign(new Error('duplicate key value'), {
      code: '23505',
      constraint: 'idx_lead_email',
      detail: 'Key (email)=(kari@example.com) already exists.',
    });
    expect(logged(error)).toContain('idx_lead_email');
    expect(logged(error)).not.toContain('kari@example.com');
  });

  it('leaves out the text of a syntax error, which quotes the body', () => {
    let caught: unknown;
    try {
      JSON.parse('{"email": kari@example.com');
    } catch (error) {
      caught = error;
    }
    expect(logged(caught)).not.toContain('kari');
  });

  it('leaves out the answer of a mail server and keeps its code', () => {
    const error = Object.assign(new Error('550 5.1.1 <kari@example.com>: user unknown'), {
      responseCode: 550,
      command: 'RCPT TO',
    });
    expect(logged(error)).toContain('550');
    expect(logged(error)).not.toContain('kari');
  });

  it('keeps where it happened, and the causes', () => {
    const error = new TypeError('x is not a function', { cause: new Error('secret') });
    expect(describeError(error)).toMatchObject({
      name: 'TypeError',
      message: 'x is not a function',
      cause: { name: 'Error' },
    });
    expect(logged(error)).toContain('describe-error.unit.test.ts');
    expect(logged(error)).not.toContain('secret');
  });

  it('copes with what is no error', () => {
    expect(describeError('kari@example.com')).toEqual({ name: 'string' });
  });
});
