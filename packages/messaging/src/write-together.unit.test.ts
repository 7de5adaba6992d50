import { once } from 'node:events';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { writeTogether } from './write-together.ts';

/** A stream that is slow to take, and tells what it was handed at a time. */
function createStream() {
  const handed: string[] = [];
  const stream = new Writable({
    highWaterMark: 8,
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      handed.push(chunk);
      setImmediate(done);
    },
    writev(chunks, done) {
      handed.push(chunks.map(({ chunk }) => chunk as string).join('+'));
      setImmediate(done);
    },
  });
  writeTogether(stream);
  return { stream, handed };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('writeTogether', () => {
  it('hands on as one what is written in one turn, in order', async () => {
    const { stream, handed } = createStream();
    for (const frame of ['a', 'b', 'c']) stream.write(frame);
    await turn();
    for (const frame of ['d', 'e']) stream.write(frame);
    stream.end();
    await finished(stream);
    expect(handed).toEqual(['a+b+c', 'd+e']);
  });

  it('hands on by the end of the turn', async () => {
    const { stream, handed } = createStream();
    stream.write('a');
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(handed).toEqual(['a']);
  });

  it('says when there is no more room, and when there is again', async () => {
    const { stream, handed } = createStream();
    expect(stream.write('1234')).toBe(true);
    expect(stream.write('5678')).toBe(false);
    await once(stream, 'drain');
    expect(handed).toEqual(['1234+5678']);
    expect(stream.write('9')).toBe(true);
  });

  it('loses nothing of a stream that ends in the same turn', async () => {
    const { stream, handed } = createStream();
    stream.write('a');
    stream.end('b');
    await finished(stream);
    expect(handed.join('+')).toBe('a+b');
  });

  it('leaves a stream alone that was destroyed in the same turn', async () => {
    const { stream, handed } = createStream();
    stream.write('a');
    stream.destroy();
    await turn();
    expect(handed).toEqual([]);
  });
});
