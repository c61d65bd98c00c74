import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'

/** Nothing that a test does takes longer; a container whose test died ends by itself. */
const lifetimeSeconds = '900'

/** Starts a container of an image that has a sqlite3 shell. It has no network: nothing that is tested needs one. */
export function startEngineContainer(image: string): Promise<StartedTestContainer> {
  return new GenericContainer(image)
    .withNetworkMode('none')
    .withCommand(['timeout', lifetimeSeconds, 'tail', '-f', '/dev/null'])
    .withWaitStrategy(Wait.forSuccessfulCommand('sqlite3 --version'))
    .start()
}
