import { describe, expect, it } from 'vitest';
import { classification, classifyFailure, type SendFailure, stageOf } from './classify-outcome.ts';

const envelope = { code: 'EENVELOPE' };
const begun = { begun: true, handedOver: false };
const notBegun = { begun: false, handedOver: false };
const handedOver = { begun: true, handedOver: true };

const answer = (command: string, responseCode: number, words = 'no', code = 'EENVELOPE'): SendFailure => ({
  code,
  command,
  responseCode,
  response: `${responseCode} ${words}`,
});

const judge = (failure: SendFailure, progress = begun) => {
  const { kind, pauses } = classifyFailure(failure, progress);
  return pauses ? [kind, pauses] : [kind];
};

describe('an answer of the server', () => {
  it.each<[string, SendFailure, string[]]>([
    ['SMT-01 greylisting at RCPT', answer('RCPT TO', 450, '4.2.0 Greylisted'), ['deferred']],
    ['SMT-03 unknown mailbox', answer('RCPT TO', 550, '5.1.1 user unknown'), ['rejected']],
    ['SMT-13 wrong password', answer('AUTH PLAIN', 535, '5.7.8 failed', 'EAUTH'), ['own_fault', 'login']],
    ['full mailbox, for now', answer('RCPT TO', 452, '4.2.2'), ['deferred']],
    ['full mailbox, for good', answer('RCPT TO', 552, '5.2.2'), ['rejected']],
    ['too many connections, in a session', answer('RCPT TO', 421), ['deferred']],
    ['a server that closes at MAIL', answer('MAIL FROM', 421), ['deferred']],
    ['our sender address refused', answer('MAIL FROM', 550, '5.7.1'), ['own_fault', 'refused']],
    ['a login wanted at MAIL', answer('MAIL FROM', 530, '5.7.0'), ['own_fault', 'login']],
    ['a login wanted at RCPT', answer('RCPT TO', 530), ['own_fault', 'login']],
    ['relaying denied', answer('RCPT TO', 554, '5.7.1 Relay access denied'), ['own_fault']],
    [
      'unknown to a relay that keeps a list of recipients',
      answer('RCPT TO', 550, '5.1.1 <x@example.com>: User unknown in relay recipient table'),
      ['rejected'],
    ],
    ['relay denied, in other words', answer('RCPT TO', 550, '5.7.1 Unable to relay'), ['own_fault']],
    ['DATA refused', answer('DATA', 554), ['rejected']],
    ['the message refused as spam', answer('DATA', 554, '5.7.1 spam', 'EMESSAGE'), ['rejected']],
    ['no answer to a message', answer('DATA', 354, 'hm', 'EMESSAGE'), ['unknown']],
    ['an answer to another command', answer('DATA', 250, 'ok', 'EMESSAGE'), ['unknown']],
    ['the message deferred', answer('DATA', 451, '4.3.0', 'EMESSAGE'), ['deferred']],
    ['a confused session', answer('RCPT TO', 503), ['deferred']],
    ['a temporary fault of login', answer('AUTH PLAIN', 454, '4.7.0', 'EAUTH'), ['away', 'away']],
    ['TLS not available for now', answer('STARTTLS', 454, '4.7.0', 'ETLS'), ['away', 'away']],
  ])('%s', (_what, failure, expected) => {
    expect(judge(failure)).toEqual(expected);
  });

  it('that ends the session before it begins is about the relay, not about a recipient', () => {
    expect(judge(answer('CONN', 421, '', 'EPROTOCOL'), notBegun)).toEqual(['away', 'away']);
    expect(judge(answer('CONN', 554, '', 'EPROTOCOL'), notBegun)).toEqual(['own_fault', 'refused']);
    expect(judge(answer('EHLO', 502, '', 'EPROTOCOL'), notBegun)).toEqual(['own_fault', 'refused']);
  });

  it('is kept, with its code', () => {
    expect(classifyFailure(answer('RCPT TO', 550, '5.1.1'), begun)).toMatchObject({
      code: 550,
      response: '550 5.1.1',
    });
  });
});

it.each([0, 99, 199, 600, 5501, 55_099_999_999_999, 550.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'a code of %d is none, and says nothing about the recipient',
  (code) => {
    expect(classifyFailure(answer('RCPT TO', code), begun)).toMatchObject({ kind: 'deferred', code: null });
    expect(classifyFailure(answer('DATA', code, 'no', 'EMESSAGE'), begun)).toMatchObject({ kind: 'unknown' });
  },
);

describe('an answer about us pauses, and fails nobody', () => {
  it.each<[string, string, string]>([
    [
      'RCPT TO',
      '553 5.7.1 <no-reply@meander.example>: Sender address rejected: not owned by user',
      'refused',
    ],
    ['RCPT TO', '550 5.1.8 Sender address rejected: Domain not found', 'refused'],
    [
      'RCPT TO',
      '554 5.7.1 Service unavailable; Client host [192.0.2.4] blocked using zen.spamhaus.org',
      'refused',
    ],
    ['RCPT TO', '504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname', 'refused'],
    ['RCPT TO', '550 5.7.25 no', 'refused'],
    ['RCPT TO', '550 5.7.1 Authentication required', 'login'],
    ['RCPT TO', '503 5.5.4 Error: send AUTH command first', 'login'],
    ['RCPT TO', '550 5.4.5 Daily user sending limit exceeded', 'refused'],
    ['MAIL FROM', '550 5.7.1 Authentication required', 'login'],
    ['DATA', '530 5.7.0 Authentication required', 'login'],
    ['MAIL FROM', '530 5.7.0 Must issue a STARTTLS command first', 'tls'],
    ['RCPT TO', '550 5.7.1 Session encryption is required', 'tls'],
    ['AUTH PLAIN', '538 5.7.11 Encryption required for requested authentication mechanism', 'tls'],
    ['EHLO', '550 5.7.10 Encryption Needed', 'tls'],
    ['.', '550 5.7.60 SMTP; Client does not have permissions to send as this sender', 'refused'],
    ['.', '554 5.2.252 SendAsDenied; a@x.example not allowed to send as b@x.example', 'refused'],
    ['.', '554 Message rejected: Email address is not verified.', 'refused'],
    ['.', '550-5.7.26 Your email has been blocked because the sender is unauthenticated.', 'refused'],
    ['.', '530 5.7.0 no', 'login'],
    ['.', '535 5.7.8 no', 'login'],
  ])('%s: %s', (command, response, pauses) => {
    const [at, code] = command === '.' ? ['DATA', 'EMESSAGE'] : [command, 'EENVELOPE'];
    const failure = { code, command: at, responseCode: Number(response.slice(0, 3)), response };
    expect(judge(failure)).toEqual(['own_fault', pauses]);
  });

  it.each([
    ['DATA', 'EENVELOPE', '550 5.7.1 Relay denied'],
    ['DATA', 'EMESSAGE', '554 5.7.1 Relay access denied'],
  ])('but not where it may be about one domain: %s, %s, %s', (command, code, response) => {
    const failure = { code, command, responseCode: Number(response.slice(0, 3)), response };
    expect(judge(failure)).toEqual(['own_fault']);
  });

  it('is told from an address that has its words in it', () => {
    const recipient = 'sendasdenied@example.no';
    const failure = answer('RCPT TO', 550, '5.7.1 sendasdenied: no');
    expect(classifyFailure(failure, begun, recipient)).toMatchObject({ kind: 'rejected' });
  });
});

describe('silence', () => {
  const brokenOff = {
    code: 'ESOCKET',
    originalCode: 'ECONNRESET',
    command: 'CONN',
    message: 'Client network socket disconnected before secure TLS connection was established',
  };

  it('after the final dot leaves the outcome unknown (SMT-05), before it nothing was accepted (SMT-07)', () => {
    const lost = { code: 'ECONNECTION', command: 'CONN' };
    expect(judge(lost, handedOver)).toEqual(['unknown']);
    expect(judge(lost, begun)).toEqual(['deferred']);
    expect(judge(lost, notBegun)).toEqual(['away', 'away']);
  });

  it.each<[string, SendFailure, string[]]>([
    ['no connection', { code: 'ESOCKET', originalCode: 'ECONNREFUSED', command: 'CONN' }, ['away', 'away']],
    [
      'SMT-09 no greeting',
      { code: 'ETIMEDOUT', timeoutType: 'GREETING_TIMEOUT', command: 'CONN' },
      ['away', 'away'],
    ],
    ['no address', { code: 'EDNS', command: 'CONN' }, ['own_fault', 'dns']],
    [
      'a certificate that has expired',
      { code: 'ESOCKET', originalCode: 'CERT_HAS_EXPIRED', command: 'CONN' },
      ['own_fault', 'tls'],
    ],
    [
      'a certificate of nobody',
      { code: 'ESOCKET', originalCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      ['own_fault', 'tls'],
    ],
    [
      'a handshake that hangs',
      { code: 'ETIMEDOUT', timeoutType: 'UPGRADE_TIMEOUT', command: 'CONN' },
      ['own_fault', 'tls'],
    ],
    [
      'a handshake of STARTTLS that the server breaks off',
      { ...brokenOff, port: undefined },
      ['own_fault', 'tls'],
    ],
    ['a handshake of smtps:// that the server breaks off', { ...brokenOff, port: 465 }, ['away', 'away']],
    ['no credentials where some are wanted', { code: 'ENOAUTH' }, ['own_fault', 'login']],
  ])('%s', (_what, failure, expected) => {
    expect(judge(failure, notBegun)).toEqual(expected);
  });

  it('of a relay that refuses a new connection is its own fault, although an earlier one was tried', () => {
    expect(judge({ code: 'ESOCKET', originalCode: 'ECONNREFUSED', command: 'CONN' }, begun)).toEqual([
      'away',
      'away',
    ]);
  });
});

it('a mail that cannot even be begun is our own fault and pauses nobody', () => {
  expect(judge({ ...envelope, command: 'API' }, notBegun)).toEqual(['own_fault']);
  expect(judge({ code: 'EURLACCESS' }, notBegun)).toEqual(['own_fault']);
});

it('the table judges every stage, whatever the answer', () => {
  const stages = new Set(classification.flatMap(({ stage }) => stage));
  for (const stage of stages) {
    for (const code of ['none', '421', '450', '503', '530', '550', '250']) {
      const row = classification.find(
        ({ stage: at, answer, about }) =>
          [at].flat().includes(stage) && answer.test(code) && about === undefined,
      );
      expect(row, `${stage} ${code}`).toBeDefined();
    }
  }
});

it('never throws, whatever it is given', () => {
  for (const odd of [{}, { code: 7, command: null, responseCode: '550' }, { response: {} }]) {
    expect(stageOf(odd, notBegun)).toBe('connect');
    expect(classifyFailure(odd, begun).kind).toBe('deferred');
  }
});
