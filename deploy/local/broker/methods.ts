/**
 * The AMQP 0-9-1 methods this broker speaks, as types: one entry for each, named as amqplib's codec names
 * them. Fields that the broker never reads are left out.
 */

/**
 * A value in a field table. Numbers that need a given width, and timestamps, are wrapped: `{ '!':
 * 'timestamp', value }`.
 */
export type FieldValue = string | number | boolean | null | Buffer | TypedValue | FieldValue[] | Table;
export interface TypedValue {
  '!': string;
  value: unknown;
}
export interface Table {
  [key: string]: FieldValue | undefined;
}

/** The properties of a message that the broker looks at; the others travel as the bytes they came in. */
export interface Properties {
  headers?: Table | undefined;
  expiration?: string | undefined;
  userId?: string | undefined;
}

type Nothing = Record<never, never>;
type Nowait = { nowait: boolean };
type Binding = { routingKey: string; arguments: Table };
type Close = { replyCode: number; replyText: string; classId: number; methodId: number };

export interface ClientMethods {
  ConnectionStartOk: { clientProperties: Table; mechanism: string; response: Buffer };
  ConnectionTuneOk: { channelMax: number; frameMax: number; heartbeat: number };
  ConnectionOpen: { virtualHost: string };
  ConnectionUpdateSecret: { reason: string };
  ConnectionClose: Close;
  ConnectionCloseOk: Nothing;
  ChannelOpen: Nothing;
  ChannelFlow: { active: boolean };
  ChannelClose: Close;
  ChannelCloseOk: Nothing;
  ExchangeDeclare: Nowait & {
    exchange: string;
    type: string;
    passive: boolean;
    durable: boolean;
    autoDelete: boolean;
    internal: boolean;
    arguments: Table;
  };
  ExchangeDelete: Nowait & { exchange: string; ifUnused: boolean };
  ExchangeBind: Nowait & Binding & { destination: string; source: string };
  ExchangeUnbind: Nowait & Binding & { destination: string; source: string };
  QueueDeclare: Nowait & {
    queue: string;
    passive: boolean;
    durable: boolean;
    exclusive: boolean;
    autoDelete: boolean;
    arguments: Table;
  };
  QueueBind: Nowait & Binding & { queue: string; exchange: string };
  QueueUnbind: Binding & { queue: string; exchange: string };
  QueuePurge: Nowait & { queue: string };
  QueueDelete: Nowait & { queue: string; ifUnused: boolean; ifEmpty: boolean };
  BasicQos: { prefetchSize: number; prefetchCount: number; global: boolean };
  BasicConsume: Nowait & {
    queue: string;
    consumerTag: string;
    noAck: boolean;
    exclusive: boolean;
    arguments: Table;
  };
  BasicCancel: Nowait & { consumerTag: string };
  BasicCancelOk: { consumerTag: string };
  BasicPublish: { exchange: string; routingKey: string; mandatory: boolean; immediate: boolean };
  BasicGet: { queue: string; noAck: boolean };
  BasicAck: { deliveryTag: number; multiple: boolean };
  BasicNack: { deliveryTag: number; multiple: boolean; requeue: boolean };
  BasicReject: { deliveryTag: number; requeue: boolean };
  BasicRecover: { requeue: boolean };
  ConfirmSelect: Nowait;
}

export interface ServerMethods {
  ConnectionStart: {
    versionMajor: number;
    versionMinor: number;
    serverProperties: Table;
    mechanisms: Buffer;
    locales: Buffer;
  };
  ConnectionTune: { channelMax: number; frameMax: number; heartbeat: number };
  ConnectionOpenOk: Nothing;
  ConnectionUpdateSecretOk: Nothing;
  ConnectionClose: Close;
  ConnectionCloseOk: Nothing;
  ChannelOpenOk: Nothing;
  ChannelFlowOk: { active: boolean };
  ChannelClose: Close;
  ChannelCloseOk: Nothing;
  ExchangeDeclareOk: Nothing;
  ExchangeDeleteOk: Nothing;
  ExchangeBindOk: Nothing;
  ExchangeUnbindOk: Nothing;
  QueueDeclareOk: { queue: string; messageCount: number; consumerCount: number };
  QueueBindOk: Nothing;
  QueueUnbindOk: Nothing;
  QueuePurgeOk: { messageCount: number };
  QueueDeleteOk: { messageCount: number };
  BasicQosOk: Nothing;
  BasicConsumeOk: { consumerTag: string };
  BasicCancel: { consumerTag: string; nowait: boolean };
  BasicCancelOk: { consumerTag: string };
  BasicReturn: { replyCode: number; replyText: string; exchange: string; routingKey: string };
  BasicDeliver: {
    consumerTag: string;
    deliveryTag: number;
    redelivered: boolean;
    exchange: string;
    routingKey: string;
  };
  BasicGetOk: {
    deliveryTag: number;
    redelivered: boolean;
    exchange: string;
    routingKey: string;
    messageCount: number;
  };
  BasicGetEmpty: Nothing;
  BasicAck: { deliveryTag: number; multiple: boolean };
  BasicNack: { deliveryTag: number; multiple: boolean };
  BasicRecoverOk: Nothing;
  ConfirmSelectOk: Nothing;
}

export type ClientMethodName = keyof ClientMethods;
export type ServerMethodName = keyof ServerMethods;

/** A method as it came from a client: `id` is AMQP's class and method number, which a close has to name. */
export type ClientMethod = {
  [Name in ClientMethodName]: { name: Name; id: number; fields: ClientMethods[Name] };
}[ClientMethodName];
