import { createInterface } from 'node:readline/promises'
import { UsageError } from '../errors.ts'
import { sayLines } from '../output/print.ts'
import { printable } from '../output/printable.ts'

/** How questions are answered: by a person, or without one. */
export interface Answers {
  /** @returns whether the person agrees */
  confirm(question: string): Promise<boolean>
  /**
   * Lets the person choose one of several.
   *
   * @param best the index of the one that is clearly the best; null for none
   * @param refusal what is thrown where no one can be asked
   */
  choose(
    question: string,
    options: readonly string[],
    best: number | null,
    refusal: UsageError,
  ): Promise<number>
  /** Nothing more is asked. */
  close(): void
}

/** Agrees to all, and takes the best where one is. */
export const agreement: Answers = {
  confirm: async () => true,
  choose: async (_question, _options, best, refusal) => {
    if (best === null) throw refusal
    return best
  },
  close: () => {},
}

/**
 * A terminal, on which a person answers. Questions are on the standard error: the standard output is for results. What is typed
 * before a question is asked answers it.
 */
export function openTerminal(): Answers {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const typed = lines[Symbol.asyncIterator]()
  const ask = async (question: string, accept: (text: string) => string | null): Promise<string> => {
    for (;;) {
      lines.setPrompt(question)
      lines.prompt()
      const { value, done } = await typed.next()
      if (done === true) throw noAnswer()
      const answer = accept(String(value).trim())
      if (answer !== null) return answer
    }
  }
  return {
    confirm: async (question) => {
      const answer = await ask(`${question} [Y/n] `, (text) =>
        /^(?:y|yes|n|no|)$/i.test(text) ? text : null,
      )
      return !/^n/i.test(answer)
    },
    choose: async (question, options, best) => {
      sayLines(options.map((option, index) => `  ${index + 1}  ${printable(option)}`).join('\n'))
      const numbers = options.map((_, index) => `${index + 1}`)
      const usual = best === null ? '' : `${best + 1}`
      const shown = `${question} [${numbers.join('/')}${usual === '' ? '' : `, Enter for ${usual}`}] `
      const answer = await ask(shown, (text) => (numbers.includes(text || usual) ? text || usual : null))
      return Number(answer) - 1
    },
    close: () => lines.close(),
  }
}

/** No terminal, and no agreement. */
export function noAnswers(command: string): Answers {
  const refuse = async (): Promise<never> => {
    throw new UsageError({
      where: command,
      expected: 'a terminal on which a question can be answered, or --yes',
      actual: 'neither',
      fix: 'add --yes, which writes the files without a question and takes the tool that fits best',
    })
  }
  return { ...agreement, confirm: refuse }
}

function noAnswer(): UsageError {
  return new UsageError({
    where: 'The question',
    expected: 'an answer',
    actual: 'none',
    fix: 'nothing was written; run it again',
  })
}
