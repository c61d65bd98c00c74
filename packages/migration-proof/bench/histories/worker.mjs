// @ts-check
import { setMaxListeners } from 'node:events'
import { lookAt } from './project.mjs'

/** A process that looks at some histories, one after another, and sends what was reported of each. */
process.on('message', async (/** @type {any} */ { histories, bundle, keep }) => {
  // Each command listens for errors of both outputs, and its modules are evaluated again.
  setMaxListeners(0, process.stdout, process.stderr)
  for (const history of histories) {
    const send = (/** @type {object} */ message) => process.send?.({ id: history.id, ...message })
    try {
      send({ sightings: await lookAt(history, bundle, keep) })
    } catch (error) {
      send({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  }
  process.disconnect()
})
