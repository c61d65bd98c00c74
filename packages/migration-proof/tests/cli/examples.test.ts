// Goal: the help of each command shows how it is called, and each of these calls is one that the command takes.
import { describe, expect, it } from 'vitest'
import { checkArguments } from '../../src/cli/arguments.ts'
import { type Command, commands } from '../../src/cli/commands.ts'
import { definitionsOf, examplesOf } from '../../src/cli/help.ts'

describe.for(commands)('the examples of $name', ({ name, load }) => {
  it('are two or three, each with what it does', async () => {
    const examples = await examplesOf(await load())
    expect(examples.length).toBeGreaterThanOrEqual(2)
    expect(examples.length).toBeLessThanOrEqual(3)
    expect(examples.filter(({ does }) => !/^[a-z].+[^.]$/.test(does))).toEqual([])
  })

  it('are calls of the command, with options that it has', async () => {
    const command = await load()
    for (const { call } of await examplesOf(command)) await checkCall(name, command, call)
  })
})

describe('an example that the command would refuse', () => {
  it.for([
    ['verify --snapshto v5', /unknown option --snapshto/],
    ['verify --snapshot', /expected a name after it/],
    ['verify v5', /expected no argument/],
    ['verfy', /verfy/],
  ] as const)('is found: %s', async ([call, says]) => {
    const verify = await commands.find(({ name }) => name === 'verify')?.load()
    if (verify === undefined) throw new Error('there is no verify')
    await expect(checkCall('verify', verify, call)).rejects.toThrow(says)
  })
})

async function checkCall(name: string, command: Command, call: string): Promise<void> {
  const [first, ...words] = call.split(' ')
  if (first !== name) throw new Error(`'${call}' is no call of ${name}`)
  checkArguments(name, await definitionsOf(command), words)
}
