import type { JsonSchema } from '@meander/lead';

/** A parameter of the query or a header. */
export interface Parameter {
  /** Where it is not the one that it is listed by: two calls may each have a parameter of one name. */
  name?: string;
  schema: JsonSchema;
  description?: string;
  required?: true;
}

/** What an answer holds, besides its status. */
export interface Answer {
  /** A schema's name: JSON. */
  schema?: string;
  /** Any other media type, such as `text/html`. */
  media?: string;
  /** Headers that the caller needs. */
  headers?: readonly string[];
  description?: string;
}

/** One call of an API, as its description needs it. */
export interface Operation {
  summary: string;
  description?: string;
  /** The scope that a key needs; without one the call is open to all. */
  scope?: string;
  /** Names of parameters, of the API's `parameters`. */
  query?: readonly string[];
  /** Names of headers that the call reads, of the API's `headers`. */
  headers?: readonly string[];
  /** A schema's name, by media type. */
  body?: Readonly<Record<string, string>>;
  /** A body that the service takes; the tests send it. */
  example?: Readonly<Record<string, unknown>>;
  answers: Readonly<Record<number, Answer>>;
  /** What it may refuse with, besides what every call may. */
  refusals?: readonly number[];
}

/** All that a service says of its API. */
export interface Api {
  title: string;
  description: string;
  /** By path, with parameters in braces, and method. */
  operations: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  parameters?: Readonly<Record<string, Parameter>>;
  headers?: Readonly<Record<string, Parameter>>;
  schemas: Readonly<Record<string, JsonSchema>>;
}
