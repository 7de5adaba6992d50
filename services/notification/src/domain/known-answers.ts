/** Whom or what a refusal is about, where its words or its enhanced code (RFC 3463) tell. */
export type Subject =
  /** This address, or this pair of addresses. */
  | 'recipient'
  /** Our address, or what vouches for it: SPF, DKIM, DMARC, the provider's list of verified senders. */
  | 'sender'
  /** Our host: its address, its name, how it greets. */
  | 'host'
  /** Our login, or that there was none. */
  | 'login'
  /** That we speak without TLS. */
  | 'tls'
  /** How much we may send, or our account with the provider. */
  | 'quota'
  /** Whether the relay carries mail of ours to this domain. */
  | 'relaying';

export interface KnownAnswer {
  about: Subject;
  /** Of the enhanced code, such as `5.1.1`. */
  code?: RegExp;
  /** Of the words, in which `•` stands for every address and link. */
  words?: RegExp;
}

/** Above each stands who says so. The order counts: the first that fits tells. */
export const knownAnswers: readonly KnownAnswer[] = [
  // Exchange: who may write to a group or mailbox, "RESOLVER.RST.AuthRequired", "you don't have permission to send to
  // the recipient", "blocked by … using Customer Block list". Any visitor can name such an address.
  { about: 'recipient', code: /^5\.7\.(?:124|129|13[3-6]|50[457]|513)$/ },
  { about: 'recipient', words: /\bRESOLVER\.|\bcustomer block list\b|\bby (?:the |this )?recipient\b/i },
  {
    about: 'recipient',
    words: /\bto (?:this|the|that) (?:recipient|user|group|mailbox|address|list|distribution)\b/i,
  },

  // RFC 3207, Postfix, Gmail: "Must issue a STARTTLS command first". Exchange: "STARTTLS is required to send mail".
  // Postfix: "Session encryption is required". RFC 4954: 538 "Encryption required for requested authentication mechanism".
  {
    about: 'tls',
    words:
      /\bissue (?:a )?STARTTLS\b|\bSTARTTLS(?: command)? (?:first|is required|required)|\b(?:encryption|TLS|SSL|(?:secure|encrypted) (?:connection|session)) (?:is )?(?:required|needed)\b/i,
  },
  // RFC 5248: 5.7.10 "Encryption Needed". RFC 4954: 5.7.11.
  { about: 'tls', code: /^5\.7\.1[01]$/ },

  // Postfix: "Sender address rejected: not logged in". SendGrid: "Unauthenticated senders not allowed".
  { about: 'login', words: /\bnot logged in\b|\bunauthenticated senders not allowed\b/i },

  // Gmail: "unsolicited mail originating from your IP address", "The IP you're using to send mail is not authorized".
  // Microsoft 365: "banned sending IP". Outlook.com: "part of their network is on our block list".
  {
    about: 'host',
    words:
      /\boriginating from your IP\b|\bIP you.re using to send\b|\bbanned sending IP\b|\bnetwork is on our block list\b/i,
  },
  // Postfix: "Sender address rejected: Domain not found", "Sender address […] blocked using dbl…". Exim: "Sender verify
  // failed". Sendmail: "Domain of sender address … does not exist". Exchange: "Sender denied as …".
  {
    about: 'sender',
    words:
      /\bsender(?:'s)?(?: e-?mail)?(?: address)?(?: domain)?(?: \S*•\S*)? (?:rejected|denied|refused|blocked|banned|black ?listed|is |not |must |unknown|invalid|verif\w+ failed|does(?: not|n't) exist|doesn't)/i,
  },
  {
    about: 'sender',
    words:
      /\b(?:bad|invalid|illegal|unverified|unauthori[sz]ed|banned) (?:outbound )?(?:sender|from|return[- ]path)\b/i,
  },
  // Exchange: "SendAsDenied; … not allowed to send as …", "does not have permissions to send as this sender".
  // Mailgun: "Domain … is not allowed to send". Postfix: "not owned by user …". Zoho: "Relaying disallowed as …".
  {
    about: 'sender',
    words:
      /\bSendAsDenied\b|\bpermissions? to send\b|\bnot (?:allowed|permitted|authori[sz]ed) to (?:send|use)\b(?! to\b)|\bnot owned by user\b|\bdisallowed as\b/i,
  },
  // SES: "Email address is not verified. The following identities failed the check in region …". SendGrid: "does not
  // match a verified Sender Identity". Postmark: "Sender Signature". Sendmail: "Domain name required for sender address".
  {
    about: 'sender',
    words:
      /\bemail address is not verified\b|\bfailed the check in region\b|\bverified sender identity\b|\bsender signature\b|\brequired for sender\b|\bdomain is unverified\b/i,
  },
  // Gmail: "Unauthenticated email from … is not accepted due to domain's DMARC policy", "the sender is unauthenticated".
  // Postfix's policy services: "SPF fail - not authorized".
  {
    about: 'sender',
    words:
      /\bunauthenticated e-?mail\b|\b(?:DMARC|SPF|DKIM)\b.{0,80}\b(?:fail\w*|softfail|policy|not pass|not accept\w*|reject\w*|denied|missing|required)\b|\b(?:fail\w*|violat\w*|not pass)\b.{0,40}\b(?:DMARC|SPF|DKIM)\b/i,
  },
  // Gmail: "due to the very low reputation of the sending domain".
  { about: 'sender', words: /\breputation of (?:the|your) sending domain\b/i },
  // RFC 3463: 5.1.7 and 5.1.8 the sender's address. RFC 7372: 5.7.20 to 5.7.24 DKIM and SPF, 5.7.26 several of them.
  // RFC 7505: 5.7.27. Microsoft 365: 5.2.252 and 5.7.60 "send as", 5.7.501 to 5.7.503 and 5.7.750 our tenant, 5.7.509
  // and 5.7.515 DMARC.
  { about: 'sender', code: /^5\.(?:1\.[78]|2\.252|7\.(?:2[0-4]|2[67]|60|50[1-3]|509|515|750))$/ },

  // Postfix: "User unknown in relay recipient table". Sendmail, Exim, cPanel: "User unknown", "Unknown user", "No such
  // user here". Gmail: "The email account that you tried to reach does not exist". RFC 5321: "mailbox unavailable".
  {
    about: 'recipient',
    words:
      /\b(?:user|recipient|mailbox|account|address)\b.{0,40}?\b(?:unknown|unavailable|not found|does(?: not|n't) exist|over quota|is full|disabled|inactive)\b/i,
  },
  {
    about: 'recipient',
    words:
      /\b(?:unknown|no such|invalid|non-?existent|inactive)(?: or \w+)?(?: local)? (?:user|recipient|mailbox|account|person|alias)\b/i,
  },
  // RFC 3463: 5.1.0 to 5.1.6 the address, 5.2.x the mailbox. RFC 7505: 5.1.10, Exchange's "RecipientNotFound" as well.
  { about: 'recipient', code: /^5\.(?:1\.(?:[0-6]|10)|2\.\d+)$/ },

  // Postfix, Exchange: "Relay access denied". Sendmail, Mailgun: "Relaying denied". Exim: "relay not permitted".
  // Kerio: "Relaying to <…> denied". Gmail: "Mail relay denied". Some: "Relay denied".
  {
    about: 'relaying',
    words:
      /\brelay(?:ing)?(?: to \S+| access| is| of mail)* (?:denied|prohibited|forbidden|refused|disabled|not (?:permitted|allowed|authori[sz]ed))\b/i,
  },
  // Exchange: "Unable to relay". cPanel: "is not permitted to relay through this server". Others: "we do not relay".
  {
    about: 'relaying',
    words:
      /\b(?:unable|not (?:permitted|allowed|authori[sz]ed)|refuses?|will not|won't|can(?:not|'t| not)|do(?:es)?(?: not|n't)) (?:to )?relay\b/i,
  },
  // "Authentication is required for relay", "relaying denied, proper authentication required".
  { about: 'relaying', words: /\bauthenticat\w+\b.{0,60}\brelay(?:ing)?\b/i },
  // qmail: "sorry, that domain isn't in my list of allowed rcpthosts".
  { about: 'relaying', words: /\ballowed rcpthosts\b/i },
  // Exchange: 5.7.54 "Unable to relay recipient in non-accepted domain", 5.7.64 "Relay Access Denied" of a tenant.
  { about: 'relaying', code: /^5\.7\.(?:54|64)$/ },

  // RFC 4954, Postfix, Exchange, Gmail: "Authentication required". SES: "Authentication Credentials Invalid".
  {
    about: 'login',
    words: /\bauthentication (?:is )?(?:required|needed|failed|unsuccessful|credentials invalid)\b/i,
  },
  // Gmail, Yandex, cPanel: "must authenticate", "send AUTH command first", "Please turn on SMTP Authentication".
  // Exchange: "Client was not authenticated to send anonymous mail".
  {
    about: 'login',
    words:
      /\b(?:must|need to|have to|please)(?: first)?(?: be)? (?:authenticated?|log ?in|issue an AUTH)\b|\bAUTH(?: command)? first\b|\bAUTH command must be\b|\bturn on SMTP authentication\b|\bwas not authenticated\b/i,
  },
  // Gmail: "Username and Password not accepted". SES: "not authorized to perform `ses:SendRawEmail'".
  {
    about: 'login',
    words:
      /\bpassword not accepted\b|\b(?:invalid|incorrect|bad|wrong) (?:login|password|credentials)\b|\bses:Send/i,
  },
  // RFC 4954: 5.7.8 and 5.7.9. RFC 5248: 5.7.13 the account is disabled. Exchange: 5.7.57, 5.7.139.
  { about: 'login', code: /^5\.7\.(?:8|9|13|57|139)$/ },

  // Postfix: "Client host rejected: …". Postfix, Microsoft 365: "Client host […] blocked using zen.spamhaus.org".
  { about: 'host', words: /\bclient host\b.{0,80}\b(?:rejected|blocked|denied)\b/i },
  // Postfix: "Helo command rejected: need fully-qualified hostname". Exim: "Invalid HELO name". Microsoft 365: "Bad HELO".
  {
    about: 'host',
    words:
      /\b(?:helo|ehlo)\b.{0,60}\b(?:rejected|invalid|denied|refused|mismatch)\b|\b(?:bad|bogus|invalid|illegal) (?:helo|ehlo)\b/i,
  },
  // Gmail: "does not have a PTR record". Postfix: "cannot find your reverse hostname".
  { about: 'host', words: /\bPTR record\b|\breverse (?:dns|hostname|lookup)\b|\bcannot find your\b/i },
  // Yahoo, Exim, Barracuda: "your IP … is listed", "your host … is blacklisted".
  {
    about: 'host',
    words:
      /\b(?:your|sending|connecting|client) (?:IP|host|mail ?server|network)\b.{0,80}\b(?:block\w*|banned|black ?listed|listed|rejected|refused|denied|reputation)\b/i,
  },
  // Exim: "host […] is in an RBL", "rejected because … is in a black list". Sendmail: "Mail from … refused by blackhole site".
  {
    about: 'host',
    words: /\bis in an? RBL\b|\bbecause \S+ is in a black ?list\b|\brefused by blackhole site\b/i,
  },
  // RFC 7372: 5.7.25. RFC 8460's register: 5.7.28 "mail flood". Microsoft 365: 5.7.506 HELO, 5.7.511, 5.7.606 to 5.7.649 and
  // 5.7.708 our address.
  { about: 'host', code: /^5\.7\.(?:25|28|506|511|60[6-9]|6[1-4]\d|708)$/ },

  // Gmail: "Daily user sending limit exceeded", "Daily SMTP relay limit exceeded". Microsoft 365: "you've reached your
  // daily limit". cPanel: "has exceeded the max emails per hour". SendGrid: "Maximum credits exceeded".
  {
    about: 'quota',
    words:
      /\b(?:daily|hourly|monthly|sending|outgoing|outbound)\b.{0,40}\b(?:limit|quota)s?\b.{0,20}\b(?:exceeded|reached)\b|\bmaximum credits exceeded\b/i,
  },
  {
    about: 'quota',
    words:
      /\b(?:exceeded|reached)\b.{0,60}\b(?:(?:daily|hourly|monthly|sending|outgoing|outbound) (?:limit|quota|rate)|max(?:imum)? (?:e-?mails|messages|defers)|(?:e-?mails|messages) per (?:hour|day))\b/i,
  },
  // SES: "Sending suspended for this account", "Sending paused for this account". Mailgun, SendGrid: "your account is disabled".
  {
    about: 'quota',
    words:
      /\bsending (?:has been |is )?(?:suspended|paused|disabled)\b|\byour account\b.{0,60}\b(?:suspended|blocked|paused|locked|deactivated)\b/i,
  },
  // Gmail: 5.4.5. Microsoft 365: 5.1.90 the mailbox's day, 5.7.232, 5.7.233, 5.7.508 and 5.7.705 the tenant's or the host's.
  { about: 'quota', code: /^5\.(?:4\.5|1\.90|7\.(?:232|233|508|705))$/ },
];
