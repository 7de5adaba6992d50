import { expect, it } from 'vitest';
import { maskAddress, maskAnswer } from './mask-answer.ts';

it.each([
  ['550 5.1.1 <kari.moe@example.no>: user unknown', '550 5.1.1 <k•••@example.no>: user unknown'],
  ['550 No mailbox KARI.MOE here', '550 No mailbox k••• here'],
  ['550 5.1.1 (kari.moe) and ola@example.com', '550 5.1.1 (k•••) and o•••@example.com'],
  ['250 2.0.0 Ok: queued as 4Xkari', '250 2.0.0 Ok: queued as 4Xkari'],
  ['550 line one\r\n550 line two', '550 line one 550 line two'],
])('masks %j', (said, kept) => {
  expect(maskAnswer(said, 'kari.moe@example.no')).toBe(kept);
});

it.each([
  ['kari.moe+demo', '550 5.1.1 kari.moe: mailbox unavailable', '550 5.1.1 k•••: mailbox unavailable'],
  ['kari.moe+demo', '550 5.1.1 KARI.MOE+demo, Kari.moe', '550 5.1.1 k•••, k•••'],
  ['ola+a+b', '550 no ola', '550 no o•••'],
  ['no+a', '550 no such user', '550 no such user'],
  ['+kari', '550 no such user', '550 no such user'],
])('masks the part of %s before its tag in %j', (localPart, said, kept) => {
  expect(maskAnswer(said, `${localPart}@example.no`)).toBe(kept);
});

it('takes a local part of signs as what it is', () => {
  expect(maskAnswer('550 a+b*(c)', 'a+b@example.no')).toBe('550 a•••*(c)');
  expect(maskAnswer('550 5.1.1 x.y$z', 'x.y$z@example.no')).toBe('550 5.1.1 x•••');
});

it('keeps 500 characters', () => {
  expect([...maskAnswer(`550 ${'å'.repeat(900)}`, 'kari@example.no')]).toHaveLength(500);
});

it('leaves of an address its first letter and its domain', () => {
  expect(maskAddress('kari@example.no')).toBe('k•••@example.no');
});
