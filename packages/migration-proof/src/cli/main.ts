#!/usr/bin/env node
import { runProgram } from './index.ts'
import { readOwnPackage } from './own-package.ts'

const { version, description } = readOwnPackage()
runProgram({ name: 'migration-proof', version, description })
