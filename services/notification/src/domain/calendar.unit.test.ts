import { describe, expect, it } from 'vitest';
import { type Appointment, calendarObject } from './calendar.ts';

const appointment: Appointment = {
  uid: 'demo-x@meander.example',
  sequence: 0,
  madeAt: new Date('2027-03-01T08:00:00.123Z'),
  start: new Date('2027-03-26T13:00:00+01:00'),
  minutes: 45,
  summary: 'Demo av Meander',
  description: 'Hei',
  location: null,
  organizer: { name: 'Meander', address: 'sales@meander.example' },
  attendee: { name: 'Kari Moe', address: 'kari@example.com' },
};

const invitation = (one: Appointment) => calendarObject('REQUEST', one);
const unfold = (text: string) => text.replaceAll('\r\n ', '');
const linesOf = (overlay: Partial<Appointment>) =>
  unfold(invitation({ ...appointment, ...overlay })).split('\r\n');

describe('an invitation', () => {
  it('is one event in UTC, that a calendar can replace', () => {
    expect(linesOf({ sequence: 3 })).toEqual(
      expect.arrayContaining([
        'METHOD:REQUEST',
        'UID:demo-x@meander.example',
        'SEQUENCE:3',
        'DTSTAMP:20270301T080000Z',
        'DTSTART:20270326T120000Z',
        'DTEND:20270326T124500Z',
        'ORGANIZER;CN="Meander":mailto:sales@meander.example',
      ]),
    );
  });

  it('is right across the change to summer time: the same hour by the clock is another in UTC', () => {
    const before = linesOf({ start: new Date('2027-03-26T13:00:00+01:00') });
    const after = linesOf({ start: new Date('2027-03-29T13:00:00+02:00') });
    expect(before).toContain('DTSTART:20270326T120000Z');
    expect(after).toContain('DTSTART:20270329T110000Z');
    const overNight = linesOf({ start: new Date('2027-03-28T01:30:00+01:00'), minutes: 60 });
    expect(overNight).toContain('DTEND:20270328T013000Z');
  });

  it('escapes what would end a value', () => {
    const lines = linesOf({ summary: 'a;b,c\\d', description: 'en\nto\r\ntre\u0007', location: 'Rom 1, 2' });
    expect(lines).toContain('SUMMARY:a\\;b\\,c\\\\d');
    expect(lines).toContain('DESCRIPTION:en\\nto\\ntre');
    expect(lines).toContain('LOCATION:Rom 1\\, 2');
  });

  it('lets no name add a property', () => {
    const lines = linesOf({ attendee: { name: 'Kari"\r\nX-EVIL:1', address: 'kari@example.com' } });
    expect(lines.some((line) => line.startsWith('X-EVIL'))).toBe(false);
    expect(lines.some((line) => line.startsWith('ATTENDEE;CN="Kari'))).toBe(true);
  });

  it('lets no name become another by the escapes of a parameter', () => {
    const lines = linesOf({ attendee: { name: "a^nb^'c^^", address: 'kari@example.com' } });
    expect(lines.some((line) => line.startsWith(`ATTENDEE;CN="a^^nb^^'c^^^^";`))).toBe(true);
  });

  it('lets no address add a field to the mail that it begins', () => {
    const addressOf = (address: string) =>
      linesOf({ attendee: { name: 'Kari', address } }).find((line) => line.startsWith('ATTENDEE'));
    expect(addressOf('k?bcc=ola%40x.no&a#b/c{|}^`@example.com')).toMatch(
      /:mailto:k%3Fbcc%3Dola%2540x\.no%26a%23b%2Fc%7B%7C%7D%5E%60@example\.com$/,
    );
    expect(addressOf("o'brien+demo_1-2.x~!$*@example.com")).toMatch(
      /:mailto:o'brien\+demo_1-2\.x~!\$\*@example\.com$/,
    );
  });

  it('folds at 75 octets, and cuts no letter in two', () => {
    const text = invitation({ ...appointment, summary: 'æøå𝒦'.repeat(60) });
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(unfold(text)).toContain(`SUMMARY:${'æøå𝒦'.repeat(60)}`);
    expect(text).not.toMatch(/(?<!\r)\n/);
  });

  it('has no place where none is set, and no time that is none', () => {
    expect(invitation(appointment)).not.toContain('LOCATION');
    expect(() => invitation({ ...appointment, start: new Date(Number.NaN) })).toThrow(RangeError);
  });
});

describe('a cancellation', () => {
  it('is the same appointment, and asks for no answer', () => {
    const lines = unfold(calendarObject('CANCEL', { ...appointment, sequence: 4 })).split('\r\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        ...['METHOD:CANCEL', 'STATUS:CANCELLED', 'UID:demo-x@meander.example', 'SEQUENCE:4'],
        ...['DTSTART:20270326T120000Z', 'ORGANIZER;CN="Meander":mailto:sales@meander.example'],
        'ATTENDEE;CN="Kari Moe";ROLE=REQ-PARTICIPANT:mailto:kari@example.com',
      ]),
    );
    expect(lines.join()).not.toMatch(/RSVP|NEEDS-ACTION|CONFIRMED|REQUEST/);
  });
});
