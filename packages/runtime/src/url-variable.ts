import Joi from 'joi';
import { databaseUrlFault } from './postgres-connection.ts';
import {
  baseUrlFault,
  brokerUrlFault,
  databaseHostFault,
  redisUrlFault,
  urlFault,
  webUrlFault,
} from './url-fault.ts';

/** A URL of one of the schemes, which `faultOf` finds nothing wrong with. */
const judgedUrl = (schemes: readonly string[], faultOf: (text: string) => string | undefined) =>
  Joi.string()
    .uri({ scheme: [...schemes] })
    .custom((text: string, helpers) => {
      const fault = faultOf(text);
      return fault === undefined ? text : helpers.message({ custom: `{#label} ${fault}` });
    })
    .messages({
      'string.uri': `{#label} must be a URL`,
      'string.uriCustomScheme': `{#label} must be a URL that starts with ${schemes.map((s) => `${s}://`).join(' or ')}`,
    });

/** A URL with a host that can be looked up. @see urlFault */
export const url = (...schemes: string[]) => judgedUrl(schemes, (text) => urlFault(text));

/** An address of the web. Credentials in it would be shown to whoever sees it, and no request of ours carries them. */
export const webUrl = () => judgedUrl(['http', 'https'], webUrlFault);

/** Such an address with paths of ours below it, to which nothing can be added behind a query; an issuer's is one too. */
export const baseUrl = () => judgedUrl(['http', 'https'], baseUrlFault);

/** Redis, as URL. @see redisUrlFault */
export const redisUrl = () => judgedUrl(['redis', 'rediss'], redisUrlFault);

/** The broker, as URL. @see brokerUrlFault */
export const brokerUrl = () => judgedUrl(['amqp', 'amqps'], brokerUrlFault);

/** A database, as URL. @see databaseUrlFault */
export const databaseUrl = () =>
  judgedUrl(['postgres', 'postgresql'], (text) => databaseHostFault(text) ?? databaseUrlFault(text));
