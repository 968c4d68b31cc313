// Extensions of Xóm's MLS groups (protocol/schema/group.proto).
export * from './generated/group_pb';
