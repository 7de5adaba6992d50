import type { Channel } from './channel.ts';
import { accessRefused, describe, notImplemented, preconditionFailed } from './errors.ts';
import type { Publication } from './incoming-content.ts';
import type { Properties } from './methods.ts';

/**
 * Routes a message, and tells its publisher in RabbitMQ's order: first the return of a mandatory message that
 * reached no queue, then the confirm, which is an ack for an unroutable message too. Throws 404, 403, 406 and
 * 540.
 */
export function publish(channel: Channel, { fields, header, properties, body }: Publication): void {
  const { exchange, routingKey, mandatory, immediate } = fields;
  if (immediate) throw notImplemented('immediate=true');
  if (exchange !== '' && channel.vhost.exchanges.get(exchange).settings.internal) {
    throw accessRefused(`cannot publish to internal ${describe('exchange', exchange)}`);
  }
  checkProperties(properties, channel.host.user);
  const { routed, refused } = channel.vhost.publish({ exchange, routingKey, properties, header, body });
  if (mandatory && routed === 0) {
    const notice = { replyCode: 312, replyText: 'NO_ROUTE', exchange, routingKey };
    channel.host.writer.content(channel.number, 'BasicReturn', notice, { header, body });
  }
  channel.confirms.settle(!refused);
}

function checkProperties({ expiration, userId }: Properties, user: string): void {
  if (expiration !== undefined && !/^\d{1,10}$/.test(expiration)) {
    throw preconditionFailed(`invalid expiration '${expiration}': no_integer`);
  }
  if (userId !== undefined && userId !== user) {
    throw preconditionFailed(`user_id property set to '${userId}' but authenticated user was '${user}'`);
  }
}
