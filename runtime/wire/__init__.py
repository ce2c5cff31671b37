"""Wire formats, from their published protocol definitions, as protobuf messages built from field tables (no generated code)."""
