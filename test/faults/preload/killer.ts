/** Preloaded into a consumer: reading a message that says the word below ends the process, as a native crash would. */
const word = process.env.FAULT_KILLER ?? '';
const parse = JSON.parse;

JSON.parse = ((text: string, ...rest: [reviver?: (key: string, value: unknown) => unknown]) => {
  if (word !== '' && String(text).includes(word)) process.kill(process.pid, 'SIGKILL');
  return parse(text, ...rest);
}) as typeof JSON.parse;
