//! State columns, as core's enums.

use sqlx::{
    Decode, Encode, Postgres, Sqlite, Type, ValueRef,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef},
    sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef},
};
use updraft_core::state::{DagRunState, TaskInstanceState};

/// `task_instance.state`, where NULL is a state of its own: never wrap it in an `Option`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DbTaskInstanceState(pub TaskInstanceState);

/// `dag_run.state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DbDagRunState(pub DagRunState);

impl DbTaskInstanceState {
    fn of(text: Option<&str>) -> Option<Self> {
        TaskInstanceState::parse(text).map(Self)
    }
}

impl DbDagRunState {
    fn of(text: Option<&str>) -> Option<Self> {
        text.and_then(DagRunState::parse).map(Self)
    }
}

impl From<TaskInstanceState> for DbTaskInstanceState {
    fn from(state: TaskInstanceState) -> Self {
        Self(state)
    }
}

impl From<DbTaskInstanceState> for TaskInstanceState {
    fn from(state: DbTaskInstanceState) -> Self {
        state.0
    }
}

impl From<DagRunState> for DbDagRunState {
    fn from(state: DagRunState) -> Self {
        Self(state)
    }
}

impl From<DbDagRunState> for DagRunState {
    fn from(state: DbDagRunState) -> Self {
        state.0
    }
}

macro_rules! stored_as_text {
    ($state:ident, |$self:ident| $text:expr) => {
        impl Type<Postgres> for $state {
            fn type_info() -> PgTypeInfo {
                <String as Type<Postgres>>::type_info()
            }

            fn compatible(ty: &PgTypeInfo) -> bool {
                <String as Type<Postgres>>::compatible(ty)
            }
        }

        impl Encode<'_, Postgres> for $state {
            fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let $self = self;
                <Option<&str> as Encode<'_, Postgres>>::encode_by_ref(&$text, buffer)
            }
        }

        impl<'r> Decode<'r, Postgres> for $state {
            fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
                let text = if value.is_null() {
                    None
                } else {
                    Some(value.as_str()?)
                };
                Self::of(text).ok_or_else(|| unknown(text))
            }
        }

        impl Type<Sqlite> for $state {
            fn type_info() -> SqliteTypeInfo {
                <String as Type<Sqlite>>::type_info()
            }

            fn compatible(ty: &SqliteTypeInfo) -> bool {
                <String as Type<Sqlite>>::compatible(ty)
            }
        }

        impl Encode<'_, Sqlite> for $state {
            fn encode_by_ref(
                &self,
                buffer: &mut SqliteArgumentsBuffer,
            ) -> Result<IsNull, BoxDynError> {
                let $self = self;
                <Option<&str> as Encode<'_, Sqlite>>::encode_by_ref(&$text, buffer)
            }
        }

        impl<'r> Decode<'r, Sqlite> for $state {
            fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
                let text = if value.is_null() {
                    None
                } else {
                    Some(<&str as Decode<'r, Sqlite>>::decode(value)?)
                };
                Self::of(text).ok_or_else(|| unknown(text))
            }
        }
    };
}

stored_as_text!(DbTaskInstanceState, |state| state.0.as_db());
stored_as_text!(DbDagRunState, |state| Some(state.0.as_str()));

fn unknown(text: Option<&str>) -> BoxDynError {
    format!("unknown state {text:?}").into()
}
