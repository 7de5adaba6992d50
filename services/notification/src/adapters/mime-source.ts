import { encode as encodeBase64, wrap as wrapBase64 } from 'nodemailer/lib/base64';
import type MimeNode from 'nodemailer/lib/mime-node';
import { encode as encodeQuotedPrintable, wrap as wrapQuotedPrintable } from 'nodemailer/lib/qp';

function bodyOf({ content }: MimeNode, encoding: string | false): string {
  if (!content) return '';
  if (typeof content !== 'string') throw new TypeError('a part of a mail is not a text');
  if (encoding === 'quoted-printable') return wrapQuotedPrintable(encodeQuotedPrintable(content));
  return encoding === 'base64' ? wrapBase64(encodeBase64(content)) : content;
}

function sourceOf(node: MimeNode): string {
  // The headers tell the encoding, and are made first: they settle it.
  const headers = node.buildHeaders();
  const text = `${headers}\r\n\r\n${bodyOf(node, node.getTransferEncoding())}`;
  if (!node.multipart) return text;
  const parts = node.childNodes.map((child) => `--${node.boundary}\r\n${sourceOf(child)}\r\n`);
  return `${text}${parts.join('')}--${node.boundary}--\r\n`;
}

/**
 * A mail as it goes over the wire, by nodemailer's own headers and encodings: the octets of `message.build()`, which
 * pipes each part through streams of its own and so takes as much processor time as all the rest of sending.
 *
 * @param message whose parts are texts
 * @throws TypeError for another part
 */
export function mimeSource(message: MimeNode): Buffer {
  const source = sourceOf(message);
  if (source.endsWith('\n')) return Buffer.from(source);
  return Buffer.from(`${source}${source.endsWith('\r') ? '\n' : '\r\n'}`);
}
