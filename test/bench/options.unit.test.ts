import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';

describe('the options', () => {
  it('measure everything three times where nothing is said', () => {
    expect(readOptions([])).toEqual({
      ...{ short: false, only: [], runs: 3, json: undefined, writeDocs: false, list: false },
    });
  });

  it('take several sections', () => {
    expect(readOptions(['--only', 'list', '--only=relay', '--runs', '5'])).toMatchObject({
      only: ['list', 'relay'],
      runs: 5,
    });
  });

  it.each([['--runs', '0'], ['--runs', '2.5'], ['--runs', 'many'], ['--fast'], ['list']])(
    'refuse what cannot be understood, and say how: %s %s',
    (...args) => expect(() => readOptions(args)).toThrow(/npm run bench -- \[--short\]/),
  );
});
