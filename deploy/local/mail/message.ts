import { type ParsedMail, simpleParser } from 'mailparser';
import { type Header, headerObject, readHeaders } from './headers.ts';
import type { StoredMessage } from './store.ts';

export interface Attachment {
  filename: string | null;
  content_type: string;
  /** In bytes, decoded. */
  size: number;
  /** base64. */
  content: string;
}

/** One row of `GET /messages`. */
export interface MessageSummary {
  id: string;
  to: string;
  from: string;
  subject: string;
  received_at: string;
}

/** `GET /messages/:id`. */
export interface MessageDetails extends MessageSummary {
  headers: Record<string, string | string[]>;
  text: string | null;
  html: string | null;
  attachments: Attachment[];
  envelope: StoredMessage['envelope'];
}

/** What is in a message, taken apart. */
export interface MessageParts {
  headers: Header[];
  text: string | null;
  html: string | null;
  attachments: Attachment[];
}

export function summary({ id, envelope, subject, received_at }: StoredMessage): MessageSummary {
  return { id, to: envelope.to.join(', '), from: envelope.from, subject, received_at };
}

export async function details(message: StoredMessage, raw: Buffer): Promise<MessageDetails> {
  const { headers, ...parts } = await readParts(raw);
  return { ...summary(message), headers: headerObject(headers), ...parts, envelope: message.envelope };
}

/**
 * The parts as they were sent: no text is made from HTML, no links from text. With `imagesInline`, pictures that
 * the HTML takes from the message itself (cid:) are put into it, so that it can be shown alone.
 */
export async function readParts(raw: Buffer, { imagesInline = false } = {}): Promise<MessageParts> {
  const headers = readHeaders(raw);
  const parsed: ParsedMail | undefined = await simpleParser(raw, {
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipTextLinks: true,
    skipImageLinks: !imagesInline,
  }).catch(() => undefined); // So broken that no part can be told: there are still its headers and its source.
  return {
    headers,
    text: parsed?.text || null,
    html: parsed?.html || null,
    attachments: (parsed?.attachments ?? []).map(({ filename, contentType, size, content }) => ({
      filename: filename ?? null,
      content_type: contentType,
      size,
      content: content.toString('base64'),
    })),
  };
}
