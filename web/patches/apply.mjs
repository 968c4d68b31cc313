// Mends ts-mls 1.6.4 in node_modules after every install. Each edit names the text that it replaces; if a text is not
// there (another version, or a damaged install) the install fails. Reasons: web/src/mls/README.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules', 'ts-mls');
const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
if (version !== '1.6.4') throw new Error(`patches are for ts-mls 1.6.4, found ${version}`);

const edits = [
  {
    why: 'the decryption result names the sender’s leaf (present epoch)',
    file: 'processMessages.js',
    from: `            message: result.content.content.applicationData,
            newState: updatedState,`,
    to: `            message: result.content.content.applicationData,
            senderLeafIndex: getSenderLeafNodeIndex(result.content.content.sender),
            newState: updatedState,`,
  },
  {
    why: 'a sender that points at no leaf is refused: the check’s result was dropped',
    file: 'messageProtection.js',
    from: `    validateSenderData(senderData, ratchetTree);
`,
    to: `    const senderError = validateSenderData(senderData, ratchetTree);
    if (senderError !== undefined)
        throw senderError;
`,
  },
  {
    why: 'unmerged_leaves: only the nodes strictly between must list the leaf too (RFC 9420, 12.4.3.1)',
    file: 'clientState.js',
    from: `                if (tree[nodeIndex]?.nodeType !== "leaf" && !dp.includes(toNodeIndex(i)))`,
    to: `                if (tree[nodeIndex]?.nodeType !== "leaf" || !dp.includes(toNodeIndex(i)))`,
  },
  {
    why: 'the same, second half',
    file: 'clientState.js',
    from: `                for (const parentIdx of dp) {
                    const dpNode = tree[parentIdx];`,
    to: `                for (const parentIdx of dp) {
                    if (parentIdx === i)
                        break;
                    const dpNode = tree[parentIdx];`,
  },
  {
    why: 'the same, third part',
    file: 'clientState.js',
    from: `                        if (!arraysEqual(dpNode.parent.unmergedLeaves, n.parent.unmergedLeaves))`,
    to: `                        if (!dpNode.parent.unmergedLeaves.includes(unmergedLeaf))`,
  },
  {
    why: 'the new leaf’s own keys must be unique in the tree: only the old leaves were compared with each other',
    file: 'clientState.js',
    from: `                return new ValidationError("signature keys not unique");
            else
                signatureKeys.add(signatureKey);
        }
        else if (node?.nodeType === "parent") {
            const hpkeKey = bytesToBase64(node.parent.hpkePublicKey);
            if (hpkeKeys.has(hpkeKey))
                return new ValidationError("hpke keys not unique");
            else
                hpkeKeys.add(hpkeKey);
        }
    }
}`,
    to: `                return new ValidationError("signature keys not unique");
            else if (existingLeafIndex !== nodeToLeafIndex(toNodeIndex(nodeIndex)))
                signatureKeys.add(signatureKey);
        }
        else if (node?.nodeType === "parent") {
            const hpkeKey = bytesToBase64(node.parent.hpkePublicKey);
            if (hpkeKeys.has(hpkeKey))
                return new ValidationError("hpke keys not unique");
            else
                hpkeKeys.add(hpkeKey);
        }
    }
    if (hpkeKeys.has(bytesToBase64(leafNode.hpkePublicKey)))
        return new ValidationError("hpke key of the new leaf is not unique");
    if (signatureKeys.has(bytesToBase64(leafNode.signaturePublicKey)))
        return new ValidationError("signature key of the new leaf is not unique");
}`,
  },
];

const texts = new Map();
let changed = 0;
for (const { why, file, from, to } of edits) {
  const path = join(root, 'dist', 'src', file);
  const text = texts.get(path) ?? readFileSync(path, 'utf8');
  if (text.includes(to)) {
    texts.set(path, text);
  } else if (text.split(from).length === 2) {
    texts.set(
      path,
      text.replace(from, () => to),
    );
    changed++;
  } else {
    throw new Error(`ts-mls patch does not fit ${file}: ${why}`);
  }
}
for (const [path, text] of texts) writeFileSync(path, text);
console.log(`ts-mls 1.6.4: ${edits.length} patches in place (${changed} new)`);
