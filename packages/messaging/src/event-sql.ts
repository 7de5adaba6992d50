import { type EventType, envelopeOf } from '@meander/lead';

/** SQL for a time as RFC 3339 in UTC to the millisecond, which is what `toISOString` writes. */
export function isoTime(time: string): string {
  return `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/**
 * SQL for an event (jsonb), where a statement makes it of its own rows. Each part is an expression.
 *
 * @param source the service that caused it
 */
export function eventJson(
  type: EventType,
  source: string,
  { id, subject, time, data }: { id: string; subject: string; time: string; data: string },
): string {
  return `'${JSON.stringify(envelopeOf(type, source))}'::jsonb || jsonb_build_object(
    'id', ${id}, 'subject', ${subject}, 'time', ${isoTime(time)}, 'data', ${data})`;
}
