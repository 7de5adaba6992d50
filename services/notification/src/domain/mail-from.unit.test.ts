import { expect, it } from 'vitest';
import { parseMailbox } from './mail-from.ts';

it.each([
  ['post@meander.example', { name: 'Meander', address: 'post@meander.example' }],
  ['Meander Salg <Post@Meander.example>', { name: 'Meander Salg', address: 'post@meander.example' }],
  ['"Berg, Dahl & co" <post@meander.example>', { name: 'Berg, Dahl & co', address: 'post@meander.example' }],
  ['"Kari \\"K\\" Moe" <post@meander.example>', { name: 'Kari "K" Moe', address: 'post@meander.example' }],
  ['<post@meander.example>', { name: 'Meander', address: 'post@meander.example' }],
  ['Blåbær <post@blåbær.example>', { name: 'Blåbær', address: 'post@xn--blbr-roah.example' }],
])('reads %s', (text, mailbox) => {
  expect(parseMailbox(text)).toEqual(mailbox);
});

it.each([
  '',
  'Meander',
  'a@example.no, b@example.no',
  'A <a@example.no>, B <b@example.no>',
  'Berg, Dahl <a@example.no>',
  'Meander <a@example.no> x',
  '"A\r\nBcc: x@example.no" <a@example.no>',
  'Meander <<a@example.no>>',
])('refuses %j', (text) => {
  expect(parseMailbox(text)).toBeUndefined();
});
