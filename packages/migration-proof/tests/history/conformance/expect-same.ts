import { expect } from 'vitest'
import type { Case, misfits } from './cases.ts'
import { type Emulated, type Left, openPair } from './compare.ts'
import type { Reaction, Tool } from './tools.ts'

export function same(real: Left, emulated: Emulated): void {
  if (emulated.end === 'unread') {
    // What the adapter refuses, the tool does not apply either.
    expect(real.outcome, emulated.message).toBe('failed')
    return
  }
  if (emulated.end === 'misfit') {
    expect(real.outcome, emulated.problem.consequence).toBe('failed')
    return
  }
  const { left } = emulated
  expect(left.content, `${real.message}\n${left.message}`).toEqual(real.content)
  expect(left.outcome, `${real.message}\n${left.message}`).toBe(real.outcome)
}

/** What the first part of many cases leaves, by the folder of the tests, the tool and that part. */
const begun = new Map<string, ReturnType<typeof openPair>>()

/** Two files that have had the first part of a case, and its rows. */
async function begin(scratch: string, tool: Tool, { before, rows = '' }: Case) {
  const pair = openPair(scratch, tool)
  if (before === undefined) return pair
  const key = JSON.stringify([scratch, tool.name, before, rows])
  const known = begun.get(key)
  if (known !== undefined) pair.copyFrom(known)
  else {
    pair.write(before)
    same(await pair.applyReal(), pair.applyEmulated())
    pair.execute(rows)
    begun.set(key, pair)
    return begin(scratch, tool, { name: '', before, rows, after: [] })
  }
  return pair
}

/**
 * Expects that the program and the rules of a tool do the same with a history, and with what a failure has left; where the tool is
 * known to differ, that it still does.
 */
export async function expectSame(scratch: string, tool: Tool, each: Case): Promise<void> {
  if (tool.differs?.[each.name] === undefined) await compare(scratch, tool, each)
  else await expect(compare(scratch, tool, each)).rejects.toThrow(/expected/)
}

async function compare(scratch: string, tool: Tool, each: Case): Promise<void> {
  const pair = await begin(scratch, tool, each)
  pair.write(each.after)
  const emulated = pair.applyEmulated()
  const real = await pair.applyReal()
  same(real, emulated)
  if (emulated.end === 'left' && real.outcome === 'failed') same(await pair.applyReal(), pair.applyEmulated())
}

const sentences: Readonly<Record<Reaction, RegExp>> = {
  applies: /applies it after the others|goes on|does not see that/,
  skips: /skips it for ever/,
  refuses: /applies nothing|refuses/,
}

/** Expects that a message about notes that do not fit says what the program does. */
export async function expectSameMisfit(
  scratch: string,
  tool: Tool,
  each: (typeof misfits)[number],
): Promise<void> {
  const pair = await begin(scratch, tool, each)
  pair.write(each.after)
  const emulated = pair.applyEmulated()
  if (emulated.end !== 'misfit') {
    same(await pair.applyReal(), emulated)
    return
  }
  const { problem } = emulated
  const reaction = tool.does[problem.kind as typeof each.kind]
  const real = await pair.applyReal()
  expect(problem.consequence, real.message).toMatch(sentences[reaction ?? 'refuses'])
  expect(real.outcome, real.message).toBe(reaction === 'refuses' ? 'failed' : 'applied')
}
