// Goal: each long command says at the end where the time went, by what a person can change, as text and as JSON, and says nothing
// of it unless it is asked to.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checks } from '../../src/checks/index.ts'
import { makeNotesProject } from '../support/notes-project.ts'
import type { ScratchProject } from '../support/scratch-project.ts'

let project: ScratchProject

beforeAll(() => {
  project = makeNotesProject()
})
afterAll(() => project.destroy())

const run = (words: string) => project.run([...words.split(' '), '--config', 'suite.mjs'])

/** Each row: a command, and by what its time is counted. */
const commands = [
  ['verify --no-cache', ['check', 'snapshot']],
  ['freeze --check', ['fixture']],
  ['freeze', ['fixture']],
  ['mutate --operator index-dropped', ['check', 'operator']],
  ['crash --snapshot v1', ['kind', 'path']],
] as const

describe.for(commands)('%s --timing', ([command, titles]) => {
  it('prints a table for each, with times and shares', () => {
    const { stdout } = run(`${command} --timing`)
    for (const title of titles)
      expect(stdout).toMatch(new RegExp(`^Time by ${title}\\n.+  +[\\d.]+ (ms|s|min)  +\\d+ %$`, 'm'))
  })

  it('gives the same to programs, and without the option neither', () => {
    const { timing } = JSON.parse(run(`${command} --timing --json`).stdout)
    expect(Object.keys(timing)).toEqual(titles)
    for (const title of titles) {
      const times: readonly unknown[] = Object.values(timing[title])
      expect(times).not.toEqual([])
      expect(times.every((time) => typeof time === 'number' && time >= 0)).toBe(true)
    }
    expect(JSON.parse(run(`${command} --json`).stdout)).not.toHaveProperty('timing')
  })
})

it('verify counts each check and each snapshot once, and both to the same sum', () => {
  const { timing } = JSON.parse(run('verify --no-cache --timing --json').stdout)
  expect(Object.keys(timing.check).toSorted()).toEqual(
    ['upgrade', ...checks.map(({ name }) => name)].toSorted(),
  )
  expect(Object.keys(timing.snapshot)).toEqual(['v0-empty', 'v1'])
  const sum = (times: Record<string, number>) => Object.values(times).reduce((all, time) => all + time, 0)
  expect(sum(timing.check)).toBeCloseTo(sum(timing.snapshot))
})

it('gate prints the time of each part, and its JSON has it without the option', () => {
  const { stdout } = run('gate --history --timing')
  expect(stdout).toMatch(/^Time by part\ngate +[\d.]+ (ms|s) +100 %$/m)
})

it('is refused where there is nothing to measure', () => {
  const { exitCode, stderr } = run('verify --against suite.mjs --timing')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('--timing')
})
