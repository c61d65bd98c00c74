import { parentPort, workerData } from 'node:worker_threads'
import { modelsOf } from '../behaviour/models.ts'
import { serveMutants } from '../mutation/pool.ts'
import { loadConfig } from './load-config.ts'

/** A thread of `mutate`, which judges the mutants that it receives, one after the other. */
const { configFile }: { readonly configFile: string } = workerData
const suite = await loadConfig(configFile)
if (parentPort !== null) await serveMutants(parentPort, { suite, models: modelsOf(suite.facts.tables) })
