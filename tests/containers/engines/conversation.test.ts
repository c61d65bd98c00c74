/** Goal: a program is asked and answers, synchronously, and one that ends instead of answering is an error. */
import { describe, expect, it } from 'vitest'
import { startConversation } from './conversation.ts'

/** Answers each line in capital letters, then prints the mark. */
const shout = `while read -r line; do echo "$line" | tr a-z A-Z; echo mark; done`

describe('startConversation', () => {
  it('asks again and again', () => {
    const conversation = startConversation(['sh', '-c', shout])
    expect(conversation.ask('one\n', 'mark')).toBe('ONE\n')
    expect(conversation.ask('two\n', 'mark')).toBe('TWO\n')
    conversation.end()
  })

  it('reads an answer that is larger than a pipe', () => {
    const conversation = startConversation(['sh', '-c', 'read -r line; seq 1 100000; echo mark'])
    const answer = conversation.ask('go\n', 'mark').trimEnd().split('\n')
    expect([answer.length, answer.at(-1)]).toEqual([100_000, '100000'])
    conversation.end()
  })

  it('sends a question that is larger than a pipe', () => {
    const conversation = startConversation(['sh', '-c', 'head -c 1000001 | wc -c; echo mark'])
    expect(conversation.ask(`${'x'.repeat(1_000_000)}\n`, 'mark')).toBe('1000001\n')
    conversation.end()
  })

  it('keeps a byte order mark', () => {
    const conversation = startConversation([
      'sh',
      '-c',
      String.raw`read -r line; printf '\357\273\277a\nmark\n'`,
    ])
    expect(conversation.ask('go\n', 'mark')).toBe('\uFEFFa\n')
    conversation.end()
  })

  it('reports the last output of a program that no longer listens', () => {
    const conversation = startConversation([
      'sh',
      '-c',
      'read -r line; exec <&-; echo mark; sleep 0.3; echo goodbye',
    ])
    conversation.ask('one\n', 'mark')
    expect(() => conversation.ask('two\n', 'mark')).toThrow(`its end, after 'goodbye'`)
    conversation.end()
  })

  it.for([
    ['ends at once', ['sh', '-c', 'exit 3'], 'its end, without a word'],
    ['ends in the middle of its answer', ['sh', '-c', 'read -r line; echo sorry'], `its end, after 'sorry'`],
    ['complains', ['sh', '-c', 'echo no >&2; exit 1'], `its end, after 'no'`],
    ['is not there', ['/no/such/program'], 'its end, without a word'],
  ] as const)('reports a program that %s', ([, [program, ...programArguments], actual]) => {
    const conversation = startConversation([program, ...programArguments])
    expect(() => conversation.ask('one\n', 'mark')).toThrow(
      expect.objectContaining({ name: 'ConversationError', diagnosis: expect.objectContaining({ actual }) }),
    )
    conversation.end()
  })
})
