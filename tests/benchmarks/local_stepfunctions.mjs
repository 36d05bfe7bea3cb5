// Runs state machines with npm aws-local-stepfunctions on request: one JSON question a line on stdin,
// one JSON answer a line on stdout. Argument: the folder in which `npm install` was run.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const require = createRequire(join(process.argv[2], 'package.json'));
const { StateMachine } = require('aws-local-stepfunctions');

// The package wants Node.js 22 for this; older ones run it all the same.
Promise.withResolvers ??= () => {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
};

// The same task as in Python: it gives up the processor once.
const price = async (order) => {
  await new Promise((resolve) => setImmediate(resolve));
  return { id: order.id, total: order.price + order.fee };
};

function taskStates(node, found = []) {
  for (const [name, state] of Object.entries(node.States ?? {})) {
    if (state.Type === 'Task') found.push(name);
    if (state.ItemProcessor) taskStates(state.ItemProcessor, found);
    for (const branch of state.Branches ?? []) taskStates(branch, found);
  }
  return found;
}

let job;

function prepare({ definition, input, atOnce, tasks }) {
  // Made once: what a definition costs to read is no part of the row.
  const machine = new StateMachine(definition, { validationOptions: { checkArn: false } });
  const handlers = Object.fromEntries(taskStates(definition).map((name) => [name, price]));
  const options = tasks ? { overrides: { taskResourceLocalHandlers: handlers } } : {};
  const one = async () => JSON.stringify(await machine.run(JSON.parse(input), options).result);
  job = async () => {
    if (atOnce === 1) return one();
    const outputs = await Promise.all(Array.from({ length: atOnce }, one));
    return outputs[outputs.length - 1];
  };
}

async function answer(question) {
  if (question.prepare) {
    prepare(question.prepare);
    return question.once === false ? {} : { output: await job() };
  }
  const started = process.hrtime.bigint();
  for (let n = 0; n < question.repeat; n += 1) await job();
  return { seconds: Number(process.hrtime.bigint() - started) / 1e9 };
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = await answer(JSON.parse(line));
  } catch (error) {
    reply = { error: String(error.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
