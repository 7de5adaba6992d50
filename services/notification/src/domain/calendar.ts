/** An appointment, as it stands in the invited person's calendar. */
export interface Appointment {
  /** The same for every version of one appointment: by it a calendar replaces the earlier time. */
  uid: string;
  /** Raised by every change. */
  sequence: number;
  /** When this version was made. */
  madeAt: Date;
  start: Date;
  minutes: number;
  summary: string;
  description: string;
  location: string | null;
  organizer: { name: string; address: string };
  attendee: { name: string; address: string };
}

/** RFC 5545, 3.3.5: in UTC. A moment needs no time zone, so no change to summer time can move it. */
function utc(moment: Date): string {
  return moment.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** RFC 5545, 3.3.11. */
function escapeText(text: string): string {
  return text
    .replace(/[\\;,]/g, (sign) => `\\${sign}`)
    .replace(/\r\n?|\n/g, '\\n')
    .replace(/[^\P{Cc}\t]/gu, '');
}

/**
 * RFC 5545, 3.2: a quoted parameter can hold no quote and no control character. A caret is escaped, since RFC 6868 makes
 * one an escape for both.
 */
function parameter(text: string): string {
  return `"${text.replace(/["\p{Cc}]/gu, "'").replaceAll('^', '^^')}"`;
}

/** RFC 6068, 2: what would end the address or begin a field of the mail (`?bcc=`) is encoded; `+` and the like are not. */
function mailto(address: string): string {
  return `mailto:${address.replace(/[^\w.!$'*+@~-]/g, encodeURIComponent)}`;
}

/** RFC 5545, 3.1: no line over 75 octets, and no character of several octets cut in two. */
function fold(line: string): string {
  const pieces: string[] = [];
  let piece = '';
  for (const character of line) {
    // The space that begins a continued line counts too.
    if (Buffer.byteLength(piece + character) > (pieces.length === 0 ? 75 : 74)) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece].join('\r\n ');
}

/** What is said of an appointment: it takes place, or it does not (RFC 5546, 1.4). */
export type Method = 'REQUEST' | 'CANCEL';

const wants: Readonly<Record<Method, { status: string; answer: string }>> = {
  REQUEST: { status: 'CONFIRMED', answer: ';PARTSTAT=NEEDS-ACTION;RSVP=TRUE' },
  CANCEL: { status: 'CANCELLED', answer: '' },
};

/**
 * An iCalendar object (RFC 5545, RFC 5546) that invites, or cancels. An accepted invitation is replaced, or taken out
 * of the calendar, by one of the same `uid` and a higher `sequence`.
 *
 * @throws RangeError where a time is none
 */
export function calendarObject(method: Method, appointment: Appointment): string {
  const { organizer, attendee } = appointment;
  const { status, answer } = wants[method];
  const end = new Date(appointment.start.getTime() + appointment.minutes * 60_000);
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Meander//Leads//EN',
    'CALSCALE:GREGORIAN',
    `METHOD:${method}`,
    'BEGIN:VEVENT',
    `UID:${appointment.uid}`,
    `SEQUENCE:${appointment.sequence}`,
    `DTSTAMP:${utc(appointment.madeAt)}`,
    `DTSTART:${utc(appointment.start)}`,
    `DTEND:${utc(end)}`,
    `SUMMARY:${escapeText(appointment.summary)}`,
    `DESCRIPTION:${escapeText(appointment.description)}`,
    ...(appointment.location === null ? [] : [`LOCATION:${escapeText(appointment.location)}`]),
    `ORGANIZER;CN=${parameter(organizer.name)}:${mailto(organizer.address)}`,
    `ATTENDEE;CN=${parameter(attendee.name)};ROLE=REQ-PARTICIPANT${answer}:${mailto(attendee.address)}`,
    `STATUS:${status}`,
    'TRANSP:OPAQUE',
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return `${lines.map(fold).join('\r\n')}\r\n`;
}
