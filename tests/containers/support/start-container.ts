import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'
import { docker } from '../engines/runtime.ts'

/** All containers and volumes of the tests have it. */
export const label = 'sqlite-engines.test'

/** Removes what an earlier run left that was killed: containers that have ended by themselves, and their disks. */
export async function removeLeftovers(): Promise<void> {
  await docker('container', 'prune', '--force', '--filter', `label=${label}`)
  const disks = await docker(
    'volume',
    'ls',
    '--quiet',
    '--filter',
    `label=${label}`,
    '--filter',
    'dangling=true',
  )
  if (disks !== '') await docker('volume', 'rm', ...disks.split('\n'))
}

/** Nothing that a test does takes longer; a container whose test died ends by itself. */
const lifetimeSeconds = '900'

/** Starts a container of an image that has a sqlite3 shell. It has no network: nothing that is tested needs one. */
export function startEngineContainer(image: string): Promise<StartedTestContainer> {
  return new GenericContainer(image)
    .withLabels({ [label]: 'engine' })
    .withNetworkMode('none')
    .withCommand(['timeout', lifetimeSeconds, 'tail', '-f', '/dev/null'])
    .withWaitStrategy(Wait.forSuccessfulCommand('sqlite3 --version'))
    .start()
}
