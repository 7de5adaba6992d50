import { describe, expect, it } from 'vitest';
import { boardPath } from './session.ts';

describe('the way back after a form', () => {
  it.each([
    '/board',
    '/board?q=Bj%C3%B8rn&sort=-created_at',
    '/board/leads/0198-a',
    '/board/columns/new?cursor=a_b-c',
  ])('leads to a page of the board: %s', (path) => expect(boardPath(path)).toBe(path));

  it.each([
    '//evil.example',
    'https://evil.example/board',
    '/board/../leads',
    '/boardroom',
    '/board\\evil',
    '/board\nx',
    '/leads',
    5,
    undefined,
  ])('leads nowhere else: %s', (path) => expect(boardPath(path)).toBe('/board'));
});
