import { describe, expect, it } from 'vitest';
import { subjectOf } from './answer-subject.ts';

const about = (response: string, recipient = 'kari@example.no') => subjectOf(response, recipient);

describe('an answer about the recipient', () => {
  it.each([
    '550 5.1.1 <kari@example.no>: Recipient address rejected: User unknown in relay recipient table',
    '550 <kari@example.no>: user unknown',
    '550 User unknown (relay.example.no)',
    '550 5.1.1 User unknown; relaying denied',
    '550 No such user here',
    '550 Requested action not taken: mailbox unavailable',
    '550 Unknown or illegal user',
    '550-5.1.1 The email account that you tried to reach does not exist.\n550 5.1.1 NoSuchUser',
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
    '551 5.1.6 User not local; please try <x@y.no>',
    '550 5.1.2 <kari@example.no>: Recipient address rejected: Domain not found',
    '550 5.1.0 Address rejected',
    '552 5.2.2 Mailbox full',
    '550 sorry, no mailbox here by that name (#5.1.1): unknown user',
  ])('%s', (response) => {
    expect(about(response)).toBe('recipient');
  });
});

describe('an answer about relaying', () => {
  it.each([
    '554 5.7.1 <kari@example.no>: Relay access denied',
    '550 5.7.1 <kari@example.no>... Relaying denied. Proper authentication required.',
    '550 5.7.1 Relaying to <kari@example.no> denied (authentication required)',
    '550 relay not permitted',
    '550 5.7.0 Mail relay denied [192.0.2.4]. Invalid credentials for relay',
    '550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain',
    '550 5.7.1 Unable to relay',
    '550-host.example [192.0.2.4] is not permitted to relay through this server\n550 without authentication.',
    '550 we do not relay',
    '550 Authentication is required for relay',
    "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
    '550 5.7.64 TenantAttribution; Relay Access Denied',
  ])('%s', (response) => {
    expect(about(response)).toBe('relaying');
  });
});

describe('what somebody put into an answer', () => {
  it.each([
    ['an address', '550 <relay.access.denied@example.no>: no', 'relay.access.denied@example.no'],
    ['its part before the @', '550 cannot-relay: no', 'cannot-relay@example.no'],
    ['its domain', '550 no mail for relay-denied.no here', 'kari@relay-denied.no'],
    ['a link', '550 no, see https://example.no/relay%20denied/relay-denied', 'kari@example.no'],
    [
      'what a server behind the relay said',
      '550 5.4.1 undeliverable: host mx.example.no[192.0.2.7] said: 554 5.7.1 Relay access denied (in reply to RCPT TO)',
      'kari@example.no',
    ],
  ])('counts as nothing: %s', (_what, response, recipient) => {
    expect(about(response, recipient)).toBeUndefined();
  });

  it('takes no word from the server that is not alone the address', () => {
    expect(about('554 Relay access denied', 'acc@example.no')).toBe('relaying');
  });
});

it('an answer that tells nothing is about nobody', () => {
  for (const response of ['550 5.7.1 no', '554', '', '550 5.7.1 Message rejected as spam', '\u0000 💥'])
    expect(about(response)).toBeUndefined();
});

it('an endless answer takes no time', () => {
  const began = performance.now();
  for (const word of ['relay ', 'a', 'user said ', 'authentication ']) about(`550 ${word.repeat(200_000)}`);
  expect(performance.now() - began).toBeLessThan(1_000);
});
