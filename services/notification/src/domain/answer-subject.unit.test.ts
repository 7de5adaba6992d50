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
    '550 5.7.1 We do not relay to this domain',
    '550 Authentication is required for relay',
    "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
    '550 5.7.64 TenantAttribution; Relay Access Denied',
  ])('%s', (response) => {
    expect(about(response)).toBe('relaying');
  });
});

describe('an answer about our address', () => {
  it.each([
    '553 5.7.1 <no-reply@meander.example>: Sender address rejected: not owned by user meander',
    '550 5.1.8 <no-reply@meander.example>: Sender address rejected: Domain not found',
    '550 5.1.0 <no-reply@meander.example>: Sender address rejected: User unknown in local recipient table',
    '554 5.7.1 Service unavailable; Sender address [no-reply@meander.example] blocked using dbl.spamhaus.org',
    '550-Verification failed for <no-reply@meander.example>\n550-No Such User Here\n550 Sender verify failed',
    '553 5.1.8 <no-reply@meander.example>... Domain of sender address no-reply@meander.example does not exist',
    '550 5.7.60 SMTP; Client does not have permissions to send as this sender',
    '554 5.2.252 SendAsDenied; meander@x.example not allowed to send as no-reply@y.example',
    '554 Message rejected: Email address is not verified. The following identities failed the check in region EU: x',
    '550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.',
    '550 Domain meander.example is not allowed to send: The domain is unverified',
    '550-5.7.26 Your email has been blocked because the sender is unauthenticated.\n550 5.7.26 x',
    "550-5.7.26 Unauthenticated email from meander.example is not accepted due to domain's DMARC policy",
    '550 5.7.23 <kari@example.no>: Recipient address rejected: Message rejected due to: SPF fail - not authorized',
    '550 5.7.509 Access denied, sending domain meander.example does not pass DMARC verification',
    '553 Relaying disallowed as no-reply@meander.example',
    '501 5.1.7 Bad sender address syntax',
  ])('%s', (response) => {
    expect(about(response)).toBe('sender');
  });
});

describe('an answer about our host', () => {
  it.each([
    '554 5.7.1 Service unavailable; Client host [192.0.2.4] blocked using zen.spamhaus.org; https://www.spamhaus.org/x',
    '554 5.7.1 <unknown[192.0.2.4]>: Client host rejected: Access denied',
    '504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname',
    '550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)',
    '550 5.7.25 [192.0.2.4] The IP address sending this message does not have a PTR record',
    '550 5.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.4]',
    '550-5.7.1 [192.0.2.4] Our system has detected an unusual rate of unsolicited mail originating from your IP address.',
    "550-5.7.1 [192.0.2.4] The IP you're using to send mail is not authorized to send email directly to our servers.",
    '550 5.7.606 Access denied, banned sending IP [192.0.2.4]',
    '550 5.7.1 Unfortunately, messages from [192.0.2.4] weren’t sent, since part of their network is on our block list',
    '550 JunkMail rejected - host.example [192.0.2.4] is in an RBL on dnsbl.example',
    '550 rejected because 192.0.2.4 is in a black list at zen.spamhaus.org',
    '550 5.7.1 Mail from 192.0.2.4 refused by blackhole site zen.spamhaus.org',
  ])('%s', (response) => {
    expect(about(response)).toBe('host');
  });
});

describe('an answer about TLS', () => {
  it.each([
    '530 5.7.0 Must issue a STARTTLS command first',
    '530-5.7.0 Must issue a STARTTLS command first. For more information, go to\n530 5.7.0 https://support.google.com/a',
    '550 5.7.3 STARTTLS is required to send mail',
    '554 5.7.1 Session encryption is required',
    '538 5.7.11 Encryption required for requested authentication mechanism',
    '530 5.7.10 no',
  ])('%s', (response) => {
    expect(about(response)).toBe('tls');
  });
});

describe('an answer about our login', () => {
  it.each([
    '550 5.7.1 Authentication required',
    '550 5.7.1 Must authenticate before sending',
    '553 5.7.1 <no-reply@meander.example>: Sender address rejected: not logged in',
    '503 5.5.4 Error: send AUTH command first.',
    '550 Unauthenticated senders not allowed',
    '530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM',
    '535-5.7.8 Username and Password not accepted. Learn more at\n535 5.7.8 https://support.google.com/mail',
    "554 Access denied: User `arn:x' is not authorized to perform `ses:SendRawEmail' on resource `y'",
  ])('%s', (response) => {
    expect(about(response)).toBe('login');
  });
});

describe('an answer about how much we send', () => {
  it.each([
    '550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to x',
    '550-5.4.5 Daily SMTP relay limit exceeded for customer.',
    "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
    '550 Domain meander.example has exceeded the max emails per hour (20/20 (100%)) allowed. Message discarded.',
    '550 Maximum credits exceeded',
    '554 Message rejected: Sending suspended for this account.',
  ])('%s', (response) => {
    expect(about(response)).toBe('quota');
  });
});

describe('an answer about one recipient, in words of those about us', () => {
  it.each([
    '550 5.7.1 RESOLVER.RST.AuthRequired; authentication required',
    '550 5.7.133 Delivery restriction check failed because the sender was not authenticated',
    "550 5.7.1 You don't have permission to send to the recipient",
    '550 5.7.1 Sender is not authorized to send to this group',
    '550 5.7.513 Service unavailable, Client host [192.0.2.4] blocked by example.no using Customer Block list',
    '550 5.2.122 The recipient has exceeded their limit for the number of messages they can receive per hour',
    '550 5.2.1 Account disabled',
    '552 The mailbox is over quota',
    '550 5.7.1 Message rejected by the recipient',
  ])('%s', (response) => {
    expect(about(response)).toBe('recipient');
  });
});

describe('an answer about the mail tells nothing about us', () => {
  it.each([
    '554 5.7.1 Message rejected as spam',
    '550-5.7.1 [192.0.2.4 18] Our system has detected that this message is likely unsolicited mail.',
    '554 5.7.1 Message contains a URL listed at multi.surbl.org',
    '550 5.7.1 blocked: contains https://evil.example/client-host-rejected',
    '550 High probability of spam',
    '552 5.3.4 Message size exceeds fixed limit',
    '552-5.7.0 This message was blocked because its content presents a potential security issue.',
    '550 Administrative prohibition',
    '554 5.6.0 Message contains an invalid header',
    '554 5.7.1 Blocked by SpamAssassin',
    '550 5.7.1 You are not authorized to send to this domain',
    '554 5.7.1 <kari@example.no>: Recipient address rejected: Access denied',
    '554 Message rejected: Address blacklisted.',
  ])('%s', (response) => {
    expect(about(response)).toBeUndefined();
  });
});

describe('what somebody put into an answer', () => {
  it.each([
    ['an address', '550 <SendAsDenied@example.no>: no', 'sendasdenied@example.no'],
    ['its part before the @', '550 SendAsDenied: no', 'sendasdenied@example.no'],
    ['that without its tag', '550 SendAsDenied: no', 'sendasdenied+a@example.no'],
    ['its domain', '550 no mail for sendasdenied.no here', 'kari@sendasdenied.no'],
    ['a link', '550 no, see https://example.no/SendAsDenied', 'kari@example.no'],
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
