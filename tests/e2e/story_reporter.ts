// A line for each step of the story, and its verdict at the end.
import type { FullResult, Reporter, TestCase, TestResult, TestStep } from '@playwright/test/reporter';

export default class StoryReporter implements Reporter {
  onStdOut(chunk: string | Buffer) {
    process.stdout.write(chunk);
  }
  onStdErr(chunk: string | Buffer) {
    process.stderr.write(chunk);
  }
  onStepEnd(_test: TestCase, _result: TestResult, step: TestStep) {
    if (step.category !== 'test.step' || step.parent?.category === 'test.step') return;
    const seconds = (step.duration / 1000).toFixed(1);
    console.log(`${step.error ? 'FAILED' : 'ok'}  ${step.title} (${seconds} s)`);
  }
  onTestEnd(_test: TestCase, result: TestResult) {
    for (const error of result.errors) console.error(error.message ?? error.value);
  }
  onError(error: { message?: string }) {
    console.error(error.message);
  }
  onEnd(result: FullResult) {
    console.log(result.status === 'passed' ? 'story: ok' : `story: ${result.status}`);
  }
  printsToStdio() {
    return true;
  }
}
