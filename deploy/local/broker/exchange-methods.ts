import type { Handlers } from './channel.ts';

type ExchangeMethod = 'ExchangeDeclare' | 'ExchangeDelete' | 'ExchangeBind' | 'ExchangeUnbind';

export const exchangeMethods: Handlers<ExchangeMethod> = {
  ExchangeDeclare: (
    channel,
    { exchange, type, passive, nowait, durable, autoDelete, internal, arguments: args },
  ) => {
    const { exchanges } = channel.vhost;
    if (passive) exchanges.get(exchange);
    else exchanges.declare(exchange, type, { durable, autoDelete, internal }, args);
    if (!nowait) channel.reply('ExchangeDeclareOk', {});
  },

  ExchangeDelete: (channel, { exchange, ifUnused, nowait }) => {
    channel.vhost.exchanges.delete(exchange, { ifUnused });
    if (!nowait) channel.reply('ExchangeDeleteOk', {});
  },

  ExchangeBind: (channel, { destination, source, routingKey, nowait, arguments: args }) => {
    const { exchanges } = channel.vhost;
    exchanges.get(source).bind(exchanges.get(destination), routingKey, args);
    if (!nowait) channel.reply('ExchangeBindOk', {});
  },

  ExchangeUnbind: (channel, { destination, source, routingKey, nowait, arguments: args }) => {
    const { exchanges } = channel.vhost;
    exchanges.unbind(source, exchanges.find(destination), routingKey, args);
    if (!nowait) channel.reply('ExchangeUnbindOk', {});
  },
};
