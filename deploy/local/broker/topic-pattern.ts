/**
 * Compiles a topic pattern: words between dots, `*` for exactly one word, `#` for any number of them, none
 * included.
 *
 * It walks the pattern once and keeps every place in the key that could have been reached, instead of trying
 * each length of `#` in turn: backtracking over a pattern like `#.#.#.#` would stop the whole process.
 */
export function compileTopicPattern(pattern: string): (routingKey: string) => boolean {
  const patternWords = words(pattern);
  return (routingKey) => {
    const keyWords = words(routingKey);
    /** reached[n]: the pattern so far can have used up the first n words of the key. */
    let reached = keyWords.map(() => false);
    reached.unshift(true);
    for (const word of patternWords) {
      reached = word === '#' ? fromFirstOnwards(reached) : oneWordFurther(reached, word, keyWords);
    }
    return reached.at(-1) === true;
  };
}

function fromFirstOnwards(reached: boolean[]): boolean[] {
  const first = reached.indexOf(true);
  return reached.map((_, index) => first !== -1 && index >= first);
}

function oneWordFurther(reached: boolean[], word: string, keyWords: string[]): boolean[] {
  const next = keyWords.map(
    (keyWord, index) => reached[index] === true && (word === '*' || word === keyWord),
  );
  next.unshift(false);
  return next;
}

/** As in RabbitMQ the empty key has no words, so `#` matches it and `*` does not. */
function words(text: string): string[] {
  return text === '' ? [] : text.split('.');
}
