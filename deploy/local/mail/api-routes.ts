import { type Attachment, details, readParts, summary } from './message.ts';
import { fromMail, json, noContent, problem, type Reply } from './reply.ts';
import type { Route } from './router.ts';
import { asciiDomain } from './smtp.ts';
import type { MailStore, StoredMessage } from './store.ts';

/** JSON for programs, and the parts of a message as they came. */
export function apiRoutes(store: MailStore): Route[] {
  const withMessage = async (
    id: string | undefined,
    use: (message: StoredMessage, raw: Buffer) => Reply | Promise<Reply>,
  ) => {
    const message = store.find(id ?? '');
    const raw = message && (await store.raw(message.id));
    return raw ? use(message, raw) : problem(404, 'There is no such message.');
  };
  return [
    {
      method: 'GET',
      path: /^\/messages$/,
      handle: ({ query }) =>
        json(
          store
            .list()
            .filter(sentTo(query.get('to')))
            .map(summary),
        ),
    },
    {
      method: 'DELETE',
      path: /^\/messages$/,
      async handle() {
        await store.clear();
        return noContent();
      },
    },
    {
      method: 'GET',
      path: /^\/messages\/(\w+)$/,
      handle: ({ params: [id] }) =>
        withMessage(id, async (message, raw) => json(await details(message, raw))),
    },
    {
      method: 'GET',
      path: /^\/messages\/(\w+)\/raw$/,
      handle: ({ params: [id] }) => withMessage(id, (_, raw) => fromMail('text/plain; charset=utf-8', raw)),
    },
    {
      method: 'GET',
      path: /^\/messages\/(\w+)\/html$/,
      handle: ({ params: [id] }) =>
        withMessage(id, async (_, raw) => htmlReply((await readParts(raw, { imagesInline: true })).html)),
    },
    {
      method: 'GET',
      path: /^\/messages\/(\w+)\/attachments\/(\d+)$/,
      handle: ({ params: [id, index] }) =>
        withMessage(id, async (_, raw) => attachmentReply((await readParts(raw)).attachments[Number(index)])),
    },
  ];
}

/** Everything, or what was sent to this address. */
function sentTo(address: string | null): (message: StoredMessage) => boolean {
  if (address === null) return () => true;
  const wanted = asciiDomain(address.trim()).toLowerCase();
  return ({ envelope }) => envelope.to.some((recipient) => recipient.toLowerCase() === wanted);
}

/** The first base element of a page decides for all its links: to a new tab, for they cannot lead anywhere here. */
function htmlReply(html: string | null): Reply {
  if (html === null) return problem(404, 'This message has no HTML part.');
  return fromMail('text/html; charset=utf-8', `<!doctype html><base target="_blank">${html}`);
}

function attachmentReply(attachment: Attachment | undefined): Reply {
  if (!attachment) return problem(404, 'There is no such attachment.');
  const { filename, content_type, content } = attachment;
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(content_type) ? content_type : 'application/octet-stream';
  const name = encodeURIComponent((filename ?? 'attachment').toWellFormed()).replaceAll("'", '%27');
  return fromMail(type, Buffer.from(content, 'base64'), {
    'content-disposition': `attachment; filename*=UTF-8''${name}`,
  });
}
